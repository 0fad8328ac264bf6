package upstream

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// expectation is what a kind of fault does to one POST.
type expectation struct {
	kind    string
	status  int  // as the client sees it; 0 for no whole answer
	record  int  // as recorded
	handled bool // whether the tenant was told
	more    func(*testing.T, answer)
}

func reset(t *testing.T, a answer) {
	t.Helper()
	require.True(t, errors.Is(a.err, syscall.ECONNRESET) || errors.Is(a.err, io.ErrUnexpectedEOF) || errors.Is(a.err, io.EOF), "%v", a.err)
}

func timeout(t *testing.T, a answer) { t.Helper(); require.True(t, os.IsTimeout(a.err), "%v", a.err) }

func retry(want string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) { t.Helper(); require.Equal(t, want, a.header.Get("Retry-After")) }
}

func notJSON(t *testing.T, a answer) {
	t.Helper()
	require.False(t, json.Valid([]byte(a.body)))
	require.NotEmpty(t, a.body)
}

func body(want string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) { t.Helper(); require.JSONEq(t, want, a.body) }
}

func TestEachKindOfFaultDoesWhatItSays(t *testing.T) {
	t.Parallel()
	all := []expectation{
		{"name fails", 0, 0, false, reset},
		{"refused", 0, 0, false, reset},
		{"connect timeout", 0, 0, false, timeout},
		{"TLS fails", 0, 0, false, nil},
		{"reset before the answer", 0, 0, true, reset},
		{"reset in the headers", 0, 202, true, reset},
		{"reset in the body", 202, 202, true, reset},
		{"one byte a second", 0, 202, true, timeout},
		{"timeout after it was applied", 0, 0, true, timeout},
		{"timeout before", 0, 0, false, timeout},
		{"429", 429, 429, false, retry("1")},
		{"429 seconds", 429, 429, false, retry("1")},
		{"429 date", 429, 429, false, retry(start.Add(2 * time.Second).Format(http.TimeFormat))},
		{"429 no header", 429, 429, false, retry("")},
		{"429 absurd", 429, 429, false, retry("99999999999")},
		{"500", 500, 500, false, nil}, {"502", 502, 502, false, nil}, {"503", 503, 503, false, nil}, {"504", 504, 504, false, nil},
		{"401", 401, 401, false, nil}, {"403", 403, 403, false, nil}, {"404", 404, 404, false, nil}, {"409", 409, 409, false, nil},
		{"401 in mid-flight with a failing renewal", 401, 401, false, nil},
		{"malformed JSON", 202, 202, true, notJSON},
		{"truncated JSON", 202, 202, true, notJSON},
		{"wrongly typed JSON", 202, 202, true, body(`{"id":{"value":"1"},"list":[[1],{"value":"two"},"perhaps",[null]],"flag":"perhaps"}`)},
		{"doubled-key JSON", 202, 202, true, func(t *testing.T, a answer) {
			t.Helper()
			require.Equal(t, 2, strings.Count(a.body, `"id"`))
			require.Contains(t, a.body, `"id":"1"`)
		}},
		{"task id missing", 202, 202, true, body(`{"list":[1,"two",true,null],"flag":true}`)},
		{"task id wrong", 202, 202, true, func(t *testing.T, a answer) { t.Helper(); require.NotContains(t, a.body, `"id":"1"`) }},
	}
	for _, e := range all {
		t.Run(e.kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fault(e.kind, "")
			if slices.Contains([]string{"connect timeout", "one byte a second", "timeout after it was applied", "timeout before"}, e.kind) {
				r.patience = 300 * time.Millisecond
			}
			a := r.call("POST", "/isc/accounts/v1/1/remove", "")
			r.patience = 0
			if e.status == 0 || strings.HasPrefix(e.kind, "reset") {
				require.Error(t, a.err)
			} else {
				require.NoError(t, a.err)
				require.Equal(t, e.status, a.status)
			}
			if e.more != nil {
				e.more(t, a)
			}
			require.Equal(t, map[bool]int{true: 1, false: 0}[e.handled], r.echo.count())
			calls := r.calls()
			require.Len(t, calls, 1)
			require.Equal(t, e.record, calls[0].Status)
			again := r.call("POST", "/isc/accounts/v1/1/remove", "")
			require.Equal(t, 202, again.status, "a fault with times 1 fires once: %v", again.err)
		})
	}
}

func TestAHugeAnswerIsHugeAndStillJSON(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{"id":"1"}`, `[{"id":"1"}]`, `{}`, `[]`, ``} {
		got := huge([]byte(raw), 1000)
		require.Greater(t, len(got), 1000)
		require.True(t, json.Valid(got), raw)
	}
	require.Greater(t, len(damage(Huge, Answer{Body: []byte(`{}`)}).Body), 32<<20)
}

func TestAppliedMayBeTurnedRound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault("reset before the answer", `,"applied":false`)
	require.Error(t, r.call("POST", "/isc/accounts/v1", "").err)
	require.Equal(t, 0, r.echo.count())
	r.fault("500", `,"applied":true`)
	require.Equal(t, 500, r.call("POST", "/isc/accounts/v1", "").status)
	require.Equal(t, 1, r.echo.count())
}

func TestADelayedCallIsAnsweredLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault("delay", `,"delay":"50ms"`)
	began := time.Now()
	require.Equal(t, 202, r.call("POST", "/isc/accounts/v1", "").status)
	require.GreaterOrEqual(t, time.Since(began), 50*time.Millisecond)
	r.control("POST", "/faults", `{"kind":"delay"}`, 400)
}

func TestTaskFaultsReachTheTenant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i, kind := range []string{"task never ends", "task fails", "task flips", "task disappears", "task warns", "task terminated", "task temperror"} {
		r.fault(kind, "")
		require.Equal(t, 202, r.call("POST", "/isc/accounts/v1", "").status)
		require.Equal(t, TaskFault(kind), r.echo.handled[i].Task)
	}
}

func TestAFailingRenewalRefusesTheTokenCallsAfterIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault("401 in mid-flight with a failing renewal", `,"renewals":2`)
	require.Equal(t, 202, r.call("POST", "/isc/oauth/token", "").status, "not before it fired")
	require.Equal(t, 401, r.call("POST", "/isc/accounts/v1", "").status)
	require.Equal(t, 401, r.call("POST", "/isc/oauth/token", "").status)
	require.Equal(t, 401, r.call("POST", "/isc/oauth/token", "").status)
	require.Equal(t, 202, r.call("POST", "/isc/oauth/token", "").status)
}

func TestEveryNameOfTheReliabilityBarIsUnderstood(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"name fails": NameFails, "refused": Refused, "connect timeout": ConnectTimeout, "TLS fails": TLSFails, "tls_fails": TLSFails,
		"reset before the answer": ResetBefore, "reset_before_answer": ResetBefore, "Reset-In-The-Headers": ResetHeaders,
		"reset in the body": ResetBody, "one byte a second": OneByte, "one_byte_a_second": OneByte, "timeout after it was applied": TimeoutApplied,
		"timeout_after_applied": TimeoutApplied, "timeout before": TimeoutBefore, "429": Limited, "429 (no header)": LimitedBare,
		"429_no_header": LimitedBare, "401 in mid-flight with a failing renewal": NoRenewal, "malformed": Malformed, "truncated json": Truncated,
		"doubled-key JSON": DoubledKey, "doubled_key_json": DoubledKey, "200/202 with malformed JSON": Malformed, "wrongly_typed": WronglyTyped,
		"task id missing": TaskIDMissing, "task that never ends": TaskNeverEnds, "task_disappears": TaskDisappears, "task TEMPERROR": TaskTempError, "task is terminated": TaskTerminated, "task ends with a warning": TaskWarns,
		"huge": Huge,
	} {
		require.Equal(t, want, kindOf(name, 0), name)
	}
	for _, kind := range Kinds() {
		require.Equal(t, kind, kindOf(kind, 3))
		require.Equal(t, kind, kindOf(strings.ToUpper(strings.ReplaceAll(kind, " ", "_")), 0))
	}
	for _, unknown := range []string{"", "the", "explode", "4290"} {
		require.Empty(t, kindOf(unknown, 0), unknown)
	}
	r := newRig(t)
	refused := r.control("POST", "/faults", `{"kind":"explode"}`, 400)
	for _, kind := range Kinds() {
		require.Contains(t, refused["error"], kind)
	}
}

func TestANameForSeveralKindsTakesThemInTurn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/faults", `{"path_prefix":"/accounts","kind":"500/502/503/504"}`, 200)
	for _, want := range []int{500, 502, 503, 504, 500} {
		require.Equal(t, want, r.call("GET", "/isc/accounts/v1", "").status)
	}
	for _, name := range []string{"429 (seconds, date, no header, absurd)", "403/404/409", "task id missing or wrong, task that never ends, fails, flips, disappears",
		"200/202 with malformed, truncated, huge, wrongly typed or doubled-key JSON"} {
		r.control("POST", "/faults", `{"kind":"`+name+`"}`, 200)
	}
}

func TestKindsThatAServerCannotReallyDoSaySo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, kind := range []string{"name fails", "refused", "connect timeout", "TLS fails"} {
		fault, _ := r.control("POST", "/faults", `{"kind":"`+kind+`","times":1}`, 200)["fault"].(map[string]any)
		require.Contains(t, fault["note"], "not applied", kind)
	}
}

func TestATLSAlertIsNotHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault("TLS fails", "")
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.srv.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /isc/accounts/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	require.NoError(t, err)
	raw, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, []byte{21, 3, 3, 0, 2, 2, 40}, raw)
}
