package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// wireSettings say how slow the slow faults are, and which secret is good.
type wireSettings struct {
	Pause  time.Duration // between the bytes of "one byte a second"
	Hold   time.Duration // how long a timeout holds a connection whose client stays
	Secret string        // of all clients, once it was rotated
}

func (u *Upstream) wireNow() wireSettings {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.wire
}

func (u *Upstream) setWire(change func(*wireSettings)) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(&u.wire)
	return u.cfg.Disk.Put(u.cfg.Name+"/settings", "wire", u.wire)
}

// setting changes one setting of the wire. The error is a sentence.
func (u *Upstream) setting(name string, raw []byte) error {
	var text string
	err := json.Unmarshal(raw, &text)
	if name == "client_secret" {
		if err != nil || text == "" {
			return errors.New("client_secret must be a text that is not empty; nothing more was changed")
		}
		return u.setWire(func(s *wireSettings) { s.Secret = text })
	}
	var d time.Duration
	if err == nil {
		d, err = time.ParseDuration(text)
	}
	if err != nil || d < 0 {
		return errors.New(name + ` must be a duration such as "300ms"; nothing more was changed`)
	}
	return u.setWire(func(s *wireSettings) {
		if name == "hold" {
			s.Hold = d
		} else {
			s.Pause = d
		}
	})
}

// render writes an answer out as bytes of HTTP/1.1.
func render(a Answer) []byte {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status) + "\r\n")
	_ = a.Header.Write(&b) // a buffer takes everything
	b.WriteString("Content-Length: " + strconv.Itoa(len(a.Body)) + "\r\nConnection: close\r\n\r\n")
	b.Write(a.Body)
	return b.Bytes()
}

// take takes the connection away from the server. Where that cannot be done (HTTP/2) the stream is aborted.
func (x exchange) take() net.Conn {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// reset writes first, and then resets the connection.
func (x exchange) reset(first []byte) {
	conn := x.take()
	_, _ = conn.Write(first) // the connection is about to be reset anyway
	below := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		below = t.NetConn()
	}
	if tcp, ok := below.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // so that closing sends a reset
	}
	_ = below.Close()
}

// dribble writes the bytes one by one with a pause after each, until the client is gone.
func (x exchange) dribble(raw []byte) {
	pause := x.u.wireNow().Pause
	conn := x.take()
	defer func() { _ = conn.Close() }()
	for i := range raw {
		if _, err := conn.Write(raw[i : i+1]); err != nil {
			return
		}
		time.Sleep(pause)
	}
}
