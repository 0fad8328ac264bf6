package oauth

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// largestDocument is how much of an answer of the issuer is read, in bytes.
const largestDocument = 1 << 20

// memory asks the issuer, and asks nothing twice within asReadBefore: whoever sends tokens with invented key ids would otherwise have
// us ask for each.
type memory struct {
	base http.RoundTripper
	now  func() time.Time

	mu   sync.Mutex
	kept map[string]kept // by address: the issuer's metadata and its keys
}

// kept is an answer, or a failure.
type kept struct {
	at     time.Time
	status int
	header http.Header
	body   []byte
	err    error
}

func (k kept) failed() bool { return k.err != nil || k.status != http.StatusOK }

// RoundTrip answers from memory where it can.
func (m *memory) RoundTrip(req *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	address := req.URL.String()
	k, known := m.kept[address]
	if !known || m.now().Sub(k.at) >= asReadBefore {
		k = m.ask(req)
		m.kept[address] = k
	}
	if k.err != nil {
		return nil, k.err
	}
	return &http.Response{
		Status: fmt.Sprint(k.status, " ", http.StatusText(k.status)), StatusCode: k.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: k.header.Clone(), Body: io.NopCloser(bytes.NewReader(k.body)), ContentLength: int64(len(k.body)), Request: req,
	}, nil
}

func (m *memory) ask(req *http.Request) kept {
	k := kept{at: m.now()}
	if req.URL.Scheme != "https" && !loopback(req.URL.Hostname()) {
		k.err = errors.New("the issuer has to be asked by https")
		return k
	}
	resp, err := m.base.RoundTrip(req)
	if err != nil {
		k.err = err
		return k
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	k.status, k.header = resp.StatusCode, resp.Header
	k.body, k.err = io.ReadAll(io.LimitReader(resp.Body, largestDocument))
	return k
}

// failing tells whether the issuer did not answer something the last time it was asked.
func (m *memory) failing() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.kept {
		if k.failed() {
			return true
		}
	}
	return false
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
