package upstream

import (
	"slices"
	"strings"
)

// The kinds of fault, by the names of the reliability bar.
const (
	NameFails      = "name fails"
	Refused        = "refused"
	ConnectTimeout = "connect timeout"
	TLSFails       = "tls fails"
	ResetBefore    = "reset before the answer"
	ResetHeaders   = "reset in the headers"
	ResetBody      = "reset in the body"
	OneByte        = "one byte a second"
	TimeoutApplied = "timeout after it was applied"
	TimeoutBefore  = "timeout before"
	Limited        = "429 seconds"
	LimitedDate    = "429 date"
	LimitedBare    = "429 no header"
	LimitedAbsurd  = "429 absurd"
	Unauthorized   = "401"
	NoRenewal      = "401 with a failing renewal"
	Malformed      = "malformed json"
	Truncated      = "truncated json"
	Huge           = "huge json"
	WronglyTyped   = "wrongly typed json"
	DoubledKey     = "doubled-key json"
	TaskIDMissing  = "task id missing"
	TaskIDWrong    = "task id wrong"
	TaskNeverEnds  = "task never ends"
	TaskFails      = "task fails"
	TaskFlips      = "task flips"
	TaskDisappears = "task disappears"
	TaskWarns      = "task warns"
	TaskTerminated = "task terminated"
	TaskTempError  = "task temperror"
	Delay          = "delay"
)

// TaskFault says how a task misbehaves. The empty one does not.
type TaskFault string

// statuses are the kinds that are just a status, besides 401 and 429.
var statuses = map[string]int{"500": 500, "502": 502, "503": 503, "504": 504, "403": 403, "404": 404, "409": 409}

// Kinds lists every kind of fault. Case, punctuation and small words do not matter: timeout_after_applied is understood too, and so are the
// bar's names for several kinds, such as "500/502/503/504", which takes the next of them each time. What the kinds do:
//
//	name fails, refused        not applied; the connection is reset at once (a server that listens can do no more: the answer has a note)
//	connect timeout            not applied; never answered
//	TLS fails                  not applied; a TLS alert instead of HTTP
//	reset before the answer    applied; the connection is reset. "applied":false for the contrary
//	reset in the headers/body  applied; reset after part of the headers, or half of the body
//	one byte a second          applied; the answer, headers too, comes byte by byte (setting slow_byte)
//	timeout after it was applied / timeout before   applied or not; never answered (setting hold)
//	429 seconds|date|no header|absurd               not applied; with that Retry-After. 429 alone means seconds
//	500 502 503 504            not applied; "applied":true for the contrary
//	401 403 404 409            not applied; 401 as for an expired token
//	401 with a failing renewal as 401, and the next 3 token calls ("renewals") are answered with 401 too
//	malformed|truncated|huge|wrongly typed|doubled-key JSON   applied; the right status with that body; huge is 32 MiB
//	task id missing|wrong      applied; the answer's id is left out, or is of no task
//	task never ends|fails|flips|disappears   the task or deletion request that the call starts, or reads, is like that from then on. Flips:
//	                           each reading says another of ERROR, still running, SUCCESS, although it was applied. Disappears: 404 once it
//	                           runs, although it is applied
//	task warns                 … it is applied and ends as WARNING
//	task terminated|temperror  … it is not applied and ends as TERMINATED or TEMPERROR
//	delay                      handled and answered only after "delay", also when the client has gone by then
func Kinds() []string {
	return []string{
		NameFails, Refused, ConnectTimeout, TLSFails, ResetBefore, ResetHeaders, ResetBody, OneByte, TimeoutApplied, TimeoutBefore,
		Limited, LimitedDate, LimitedBare, LimitedAbsurd, "500", "502", "503", "504", Unauthorized, NoRenewal, "403", "404", "409",
		Malformed, Truncated, Huge, WronglyTyped, DoubledKey,
		TaskIDMissing, TaskIDWrong, TaskNeverEnds, TaskFails, TaskFlips, TaskDisappears, TaskWarns, TaskTerminated, TaskTempError, Delay,
	}
}

// taskFaults are the kinds that tell a task how to misbehave.
var taskFaults = []string{TaskNeverEnds, TaskFails, TaskFlips, TaskDisappears, TaskWarns, TaskTerminated, TaskTempError}

// notes say what a kind cannot be, for those that a server which listens can only come near.
var notes = map[string]string{
	NameFails: "A server that listens cannot make its own name fail: the call is recorded, not applied, and its connection reset at once. " +
		"For the real thing point the base URL at a name that does not exist.",
	Refused: "A server that listens cannot refuse one path's connections: the call is recorded, not applied, and its connection reset at once. " +
		"For the real thing point the base URL at a closed port.",
	ConnectTimeout: "A server that listens cannot leave one path's connections open: the call is recorded, not applied, and never answered.",
	TLSFails:       "The call is recorded, not applied, and answered with a TLS alert instead of HTTP.",
}

// spellings are further names of kinds.
var spellings = map[string]string{
	"name": NameFails, "dns": NameFails, "dns fails": NameFails, "connection refused": Refused, "connect refused": Refused,
	"connection timeout": ConnectTimeout, "tls": TLSFails, "tls failure": TLSFails, "reset before answer": ResetBefore,
	"reset before": ResetBefore, "reset": ResetBefore, "1 byte a second": OneByte, "one byte per second": OneByte,
	"1 byte per second": OneByte, "slow": OneByte, "timeout after": TimeoutApplied, "applied then timeout": TimeoutApplied,
	"timeout before it was applied": TimeoutBefore, "timeout not applied": TimeoutBefore, "429": Limited,
	"429 missing header": LimitedBare, "429 without header": LimitedBare,
	"401 in mid-flight with a failing renewal": NoRenewal, "401 in mid-flight": NoRenewal, "401 failing renewal": NoRenewal,
	"malformed": Malformed, "truncated": Truncated, "huge": Huge, "wrongly typed": WronglyTyped, "wrong type": WronglyTyped,
	"mistyped": WronglyTyped, "doubled key": DoubledKey, "double key": DoubledKey, "duplicate key": DoubledKey,
	"doubled keys": DoubledKey, "duplicate keys": DoubledKey, "missing task id": TaskIDMissing, "wrong task id": TaskIDWrong,
	"task hangs": TaskNeverEnds, "task failing": TaskFails, "task vanishes": TaskDisappears, "task warning": TaskWarns,
	"task ends with a warning": TaskWarns, "task temp error": TaskTempError, "hang": TimeoutBefore,
}

var byWords = func() map[string]string {
	m := map[string]string{}
	for _, kind := range Kinds() {
		m[words(kind)] = kind
	}
	for spelling, kind := range spellings {
		m[words(spelling)] = kind
	}
	return m
}()

// words brings a name down to what distinguishes it: no case, no punctuation, no small words.
func words(name string) string {
	small := []string{"a", "an", "the", "it", "is", "was", "in", "with", "that", "which", "after", "json", "body", "http", "200", "202"}
	all := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	kept := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(small, w) })
	if len(kept) == 0 || kept[0] == "reset" || kept[0] == "timeout" {
		kept = slices.DeleteFunc(all, func(w string) bool { return w != "body" && w != "after" && slices.Contains(small, w) })
	}
	return strings.Join(kept, " ")
}

// groups are the names of the bar that stand for several kinds: each firing takes the next.
var groups = map[string][]string{
	words("429 (seconds, date, no header, absurd)"): {Limited, LimitedDate, LimitedBare, LimitedAbsurd},
	words("500/502/503/504"):                        {"500", "502", "503", "504"},
	words("403/404/409"):                            {"403", "404", "409"},
	words("200/202 with malformed, truncated, huge, wrongly typed or doubled-key JSON"): {
		Malformed, Truncated, Huge, WronglyTyped, DoubledKey,
	},
	words("task id missing or wrong"): {TaskIDMissing, TaskIDWrong},
	words("task id missing or wrong, task that never ends, fails, flips, disappears"): {
		TaskIDMissing, TaskIDWrong, TaskNeverEnds, TaskFails, TaskFlips, TaskDisappears,
	},
}

// kindOf finds the kind that a name means, by the number of times it has fired; empty when there is none.
func kindOf(name string, fired int) string {
	if group := groups[words(name)]; group != nil {
		return group[fired%len(group)]
	}
	return byWords[words(name)]
}
