package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	linkPath     = "/vcsim/link"
	linkProtocol = "vcsim-link"
)

// link is where the laboratory dials in: an HTTP request that becomes a connection of JSON lines, questions down and
// replies up. There is one at a time; a new one replaces the old.
type link struct {
	agent login

	mu      sync.Mutex
	wire    *wire // nil while nobody has dialled, and after a loss
	dialled bool
}

// ServeHTTP upgrades the request of the agent.
func (l *link) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, in := dialled(w, r, linkProtocol, l.agent)
	if conn == nil {
		return
	}
	wire := newWire(conn)
	l.connect(wire, w.Header())
	wire.read(in)
	l.disconnect(wire)
}

// connect takes the wire up and then agrees to it: what the laboratory does next, on another connection, may be asked
// about at once. No question goes out before the agreement.
func (l *link) connect(next *wire, agreement http.Header) {
	next.writing.Lock()
	defer next.writing.Unlock()
	l.mu.Lock()
	old := l.wire
	l.wire, l.dialled = next, true
	l.mu.Unlock()
	if old != nil {
		old.lose()
	}
	if err := agree(next.conn, agreement); err != nil {
		next.lose()
	}
}

func (l *link) disconnect(gone *wire) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wire == gone {
		l.wire = nil
	}
}

func (l *link) everDialled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dialled
}

// ask waits for the reply: for limit at most, without limit where it is 0. Progress, if wanted, is told on the way.
func (l *link) ask(q *question, limit time.Duration, progress func(int32)) (*reply, *failure) {
	l.mu.Lock()
	wire := l.wire
	l.mu.Unlock()
	if wire == nil {
		return nil, broken("the laboratory has not dialled in, or its connection is lost: nobody answers %s", q)
	}
	r, err := wire.ask(q, limit, progress)
	if err != nil {
		return nil, broken("%v", err)
	}
	return r, nil
}

type errLost struct{ q *question }

func (e errLost) Error() string {
	return fmt.Sprintf("the connection to the laboratory was lost before it answered %s", e.q)
}

type errLate struct {
	q     *question
	limit time.Duration
}

func (e errLate) Error() string {
	return fmt.Sprintf("the laboratory did not answer %s within %s", e.q, e.limit)
}
