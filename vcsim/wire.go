package main

import (
	"bufio"
	"encoding/json"
	"log"
	"net"
	"sync"
	"time"
)

// wire is one connection of the laboratory.
type wire struct {
	conn net.Conn
	lost chan struct{} // closed when the connection is
	once sync.Once

	writing sync.Mutex

	mu      sync.Mutex
	last    int64
	waiting map[int64]*waiter
}

// waiter is who waits for the replies to one question.
type waiter struct {
	replies chan *reply
	gone    chan struct{} // closed when it no longer waits
}

func newWire(conn net.Conn) *wire {
	return &wire{conn: conn, lost: make(chan struct{}), waiting: make(map[int64]*waiter)}
}

func (w *wire) lose() {
	w.once.Do(func() {
		close(w.lost)
		_ = w.conn.Close()
	})
}

// read deals out replies until the connection ends.
func (w *wire) read(in *bufio.Reader) {
	defer w.lose()
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		r := new(reply)
		if err = json.Unmarshal(line, r); err != nil {
			log.Printf("vcsim: the laboratory sent a line that is no reply: %v", err)
			return
		}
		w.deal(r)
	}
}

func (w *wire) deal(r *reply) {
	w.mu.Lock()
	to := w.waiting[r.ID]
	w.mu.Unlock()
	if to == nil {
		return // it came too late
	}
	select {
	case to.replies <- r:
	case <-to.gone:
	case <-w.lost:
	}
}

func (w *wire) ask(q *question, limit time.Duration, progress func(int32)) (*reply, error) {
	to := &waiter{replies: make(chan *reply, 8), gone: make(chan struct{})}
	defer close(to.gone)
	w.mu.Lock()
	w.last++
	q.ID = w.last
	w.waiting[q.ID] = to
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.waiting, q.ID)
		w.mu.Unlock()
	}()
	if err := w.send(q); err != nil {
		return nil, err
	}
	return w.await(q, to, limit, progress)
}

func (w *wire) send(q *question) error {
	line, err := q.line()
	if err != nil {
		return err
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	if err = write(w.conn, line); err != nil {
		w.lose() // part of a line may be out
		return errLost{q}
	}
	return nil
}

func (w *wire) await(q *question, to *waiter, limit time.Duration, progress func(int32)) (*reply, error) {
	var late <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	for {
		select {
		case r := <-to.replies:
			if r.Progress == nil {
				return r, nil
			}
			if progress != nil {
				progress(*r.Progress)
			}
		case <-w.lost:
			return nil, errLost{q}
		case <-late:
			return nil, errLate{q, limit}
		}
	}
}
