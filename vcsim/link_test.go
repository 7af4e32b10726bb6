package main

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// hijacked is the answer to a request whose connection is conn.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

func TestWhoeverReadsTheFirstOfTheAgreementIsAsked(t *testing.T) {
	l := &link{agent: testLogins.agent}
	here, there := net.Pipe() // what is written waits until it is read
	_ = here.SetDeadline(time.Now().Add(30 * time.Second))
	request := httptest.NewRequest(http.MethodGet, linkPath, nil)
	request.Header.Set("Upgrade", linkProtocol)
	request.SetBasicAuth(testLogins.agent.user, testLogins.agent.password)
	go l.ServeHTTP(hijacked{httptest.NewRecorder(), there}, request)

	in := bufio.NewReaderSize(here, 16)
	if _, err := in.Peek(1); err != nil {
		t.Fatal(err)
	}
	if !l.everDialled() {
		t.Error("what the laboratory does now would find nobody to ask")
	}
	failed := make(chan *failure, 1)
	go func() {
		_, err := l.ask(&question{Method: "CurrentTime"}, 0, nil)
		failed <- err
	}()

	res, err := http.ReadResponse(in, request)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Vcsim-Extension") != version {
		t.Fatalf("%v %v, want the agreement before any question", res, err)
	}
	var q question
	if err = json.NewDecoder(in).Decode(&q); err != nil || q.Method != "CurrentTime" {
		t.Errorf("%v %v, want the question", q, err)
	}
	_ = here.Close()
	if <-failed == nil {
		t.Error("a question is answered though the laboratory has hung up")
	}
}
