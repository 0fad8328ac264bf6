package store

import (
	"cmp"
	"fmt"
	"strings"
)

// maxProblems is how many problems a Report names; the rest are counted.
const maxProblems = 1000

// Report is what Verify found.
type Report struct {
	Records  int64     // in the log
	Requests int64     // that have records
	Head     string    // the hash over all records, in hex; kept elsewhere, it shows later that nothing was rewritten
	Problems []Problem // in the order of the log; empty when nothing is wrong
	More     int       // problems beyond those
}

// Problem is one thing that is wrong with the log.
type Problem struct {
	Seq       int64  // the record's place in the log; 0 when it is not about one record
	RequestID string // untrusted once the log is
	Number    int64  // the record's place among those of its request; 0 when it is not about one record
	What      string // a sentence without its subject or its full stop
}

// OK tells whether nothing is wrong.
func (r Report) OK() bool { return len(r.Problems) == 0 && r.More == 0 }

// String gives the report in lines. Nothing that stands in the log can make another line of it.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s, head %s\n", counted(r.Records, "audit record"), counted(r.Requests, "request"), cmp.Or(plain(r.Head), "none"))
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "WRONG: %s\n", p)
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "WRONG: and %d more\n", r.More)
	}
	if r.OK() {
		b.WriteString("The audit log is whole.\n")
	}
	return b.String()
}

// String names the record and says what is wrong.
func (p Problem) String() string {
	switch {
	case p.Seq != 0:
		return fmt.Sprintf("record %d (request %q, its record %d) %s.", p.Seq, p.RequestID, p.Number, p.What)
	case p.RequestID != "":
		return fmt.Sprintf("request %q: %s.", p.RequestID, p.What)
	default:
		return p.What + "."
	}
}

// plain gives text that holds nothing but letters and digits as it is, and quotes any other.
func plain(s string) string {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return fmt.Sprintf("%q", s)
		}
	}
	return s
}

// text gives a value of the database as text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case blob:
		return string(v)
	case nil:
		return "nothing"
	default:
		return fmt.Sprint(v)
	}
}

// show gives a value for a sentence: numbers as they are, anything else quoted.
func show(v any) string {
	if n, ok := v.(int64); ok {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%q", text(v))
}

func byText(a, b any) int { return cmp.Compare(text(a), text(b)) }

// counted is a number of things.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
