package upstream

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// exchange is one call and the answer to it.
type exchange struct {
	u      *Upstream
	w      http.ResponseWriter
	r      *http.Request
	number uint64
}

// strike answers the call as the fault wants; the zero Fault wants nothing.
func (x exchange) strike(fault Fault, req Request) {
	switch kind := fault.Kind; kind {
	case NameFails, Refused:
		x.reset(nil)
	case ConnectTimeout, TimeoutBefore:
		x.hang()
	case TLSFails:
		conn := x.take()
		_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // a fatal alert, handshake_failure; whether it arrives is all one
		_ = conn.Close()
	case Limited, LimitedDate, LimitedBare, LimitedAbsurd:
		x.answer(x.limited(kind))
	case Unauthorized, NoRenewal:
		x.answer(x.u.tenant.Refuse(http.StatusUnauthorized))
	case "403", "404", "409":
		x.answer(x.u.tenant.Refuse(statuses[kind]))
	case "500", "502", "503", "504":
		if fault.applied(false) {
			x.u.tenant.Answer(req)
		}
		x.answer(x.u.tenant.Refuse(statuses[kind]))
	default:
		x.spoil(fault, req)
	}
}

// spoil handles the kinds that by default take effect, and then spoils the answer.
func (x exchange) spoil(fault Fault, req Request) {
	kind := fault.Kind
	if slices.Contains(taskFaults, kind) {
		req.Task = TaskFault(kind)
	}
	if kind == Delay {
		d, _ := time.ParseDuration(fault.Delay) // checked when it was switched on
		x.wait(d)
	}
	answer := x.u.tenant.Refuse(http.StatusServiceUnavailable)
	if fault.applied(true) {
		answer = x.u.tenant.Answer(req)
	}
	switch kind {
	case ResetBefore:
		x.reset(nil)
	case TimeoutApplied:
		x.hang()
	case ResetHeaders:
		raw := render(answer)
		x.record(answer.Status)
		x.reset(raw[:len("HTTP/1.1 200")+8])
	case ResetBody:
		raw := render(answer)
		x.record(answer.Status)
		x.reset(raw[:len(raw)-(len(answer.Body)+1)/2])
	case OneByte:
		x.record(answer.Status)
		x.dribble(render(answer))
	default:
		x.answer(damage(kind, answer))
	}
}

func (f Fault) applied(otherwise bool) bool {
	if f.Applied == nil {
		return otherwise
	}
	return *f.Applied
}

// limited is a 429 with the Retry-After of its kind.
func (x exchange) limited(kind string) Answer {
	answer := x.u.tenant.Refuse(http.StatusTooManyRequests)
	retry := map[string]string{
		Limited:       "1",
		LimitedDate:   x.u.cfg.Clock().Add(2 * time.Second).UTC().Format(http.TimeFormat),
		LimitedAbsurd: "99999999999",
	}
	answer.Header.Del("Retry-After")
	if after, ok := retry[kind]; ok {
		answer.Header.Set("Retry-After", after)
	}
	return answer
}

// record writes down what is about to be answered. If that fails nothing may be answered.
func (x exchange) record(status int) {
	if err := x.u.calls.answered(x.number, status); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// answer records and writes a whole answer.
func (x exchange) answer(a Answer) {
	x.record(cmp.Or(a.Status, http.StatusOK))
	for name, values := range a.Header {
		x.w.Header()[name] = values
	}
	x.w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	x.w.WriteHeader(cmp.Or(a.Status, http.StatusOK))
	_, _ = x.w.Write(a.Body) // the client may be gone: that is its affair
}

// wait waits, or until the client is gone.
func (x exchange) wait(d time.Duration) {
	select {
	case <-x.r.Context().Done():
	case <-time.After(d):
	}
}

// hang answers nothing until the client is gone, or for as long as the settings say.
func (x exchange) hang() {
	x.wait(x.u.wireNow().Hold)
	x.reset(nil)
}

// NewID makes an id as ISC's are: 32 hex characters.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return hex.EncodeToString(b[:])
}
