package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"time"
)

// writeLimit is how long the laboratory may leave what it is sent unread before its connection counts as lost.
const writeLimit = 10 * time.Second

// dialled is the connection that a request of the agent is to become, and what reads it, where the request asks for that. To
// all others it only tells that the extension is here.
func dialled(w http.ResponseWriter, r *http.Request, protocol string, agent login) (net.Conn, *bufio.Reader) {
	w.Header().Set("Vcsim-Extension", version)
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", protocol)
	if r.Header.Get("Upgrade") != protocol {
		http.Error(w, "this is where the laboratory dials in", http.StatusUpgradeRequired)
		return nil, nil
	}
	if user, password, ok := r.BasicAuth(); !ok || !agent.is(user, password) {
		http.Error(w, "only the agent may dial in", http.StatusUnauthorized)
		return nil, nil
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "the connection cannot be upgraded", http.StatusInternalServerError)
		return nil, nil
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return nil, nil
	}
	if server, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok {
		server.RegisterOnShutdown(func() { _ = conn.Close() }) // it no longer counts this among its connections
	}
	return conn, buffered.Reader
}

// agree tells the laboratory that its request has become this connection.
func agree(conn net.Conn, header http.Header) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", http.StatusSwitchingProtocols, http.StatusText(http.StatusSwitchingProtocols))
	_ = header.Write(&text)
	text.WriteString("\r\n")
	return write(conn, text.Bytes())
}

func write(conn net.Conn, data []byte) error {
	_ = conn.SetWriteDeadline(time.Now().Add(writeLimit))
	_, err := conn.Write(data)
	return err
}
