package main

import (
	"io"
	"net"
	"time"
)

// dial opens a connection for what no HTTP client would send.
func (ts *testServer) dial() *net.TCPConn {
	ts.t.Helper()
	conn, err := net.Dial("tcp", ts.addr)
	if err != nil {
		ts.t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		ts.t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func (ts *testServer) send(conn net.Conn, text string) {
	ts.t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		ts.t.Fatal(err)
	}
}

// raw sends bytes and reads until the server closes the connection.
func (ts *testServer) raw(text string) string {
	ts.t.Helper()
	conn := ts.dial()
	defer conn.Close()
	ts.send(conn, text)
	return readAll(conn)
}

// readAll is what can be read, and the error that ended it.
func readAll(r io.Reader) string {
	data, err := io.ReadAll(r)
	if err != nil {
		return string(data) + " [" + err.Error() + "]"
	}
	return string(data)
}
