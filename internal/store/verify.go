package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// Verify reads the whole audit log and finds every record that was edited, deleted, inserted, reordered or cut off, as long as
// whoever did it did not compute all later hashes and both kinds of heads anew; against that, keep Report.Head elsewhere.
// An error means that the log could not be read, not that it is wrong.
func (s *SQLite) Verify(ctx context.Context) (Report, error) {
	v := newVerifier()
	err := s.snapshot(ctx, func(tx *sql.Tx) error { return v.all(ctx, tx) })
	if err != nil {
		return Report{}, fmt.Errorf("store: verify the audit log: %w", err)
	}
	return v.report, nil
}

// VerifyIn is Verify for the database in dir, beside whoever uses it. It makes, migrates and releases nothing: a database
// that is not there is an error.
func VerifyIn(ctx context.Context, dir string) (report Report, err error) {
	if there, err := Exists(dir); err == nil && !there {
		return Report{}, fault.Newf(fault.NotFound, "There is no database at %s, so no audit log was checked.", filepath.Join(dir, dataFile))
	}
	err = beside(dir, func(s *SQLite) error {
		report, err = s.Verify(ctx)
		return err
	})
	return report, err
}

// LinksIn lists all links of the database in dir, none where there is no database. Like VerifyIn it makes and changes nothing.
func LinksIn(ctx context.Context, dir string) (links []executor.Link, err error) {
	if there, err := Exists(dir); err != nil || !there {
		return nil, err
	}
	err = beside(dir, func(s *SQLite) error {
		links, err = s.Links(ctx, "")
		return err
	})
	return links, err
}

// beside reads a database beside whoever uses it.
func beside(dir string, do func(*SQLite) error) (err error) {
	path, err := filepath.Abs(filepath.Join(dir, dataFile))
	if err != nil {
		return err
	}
	reads, err := connect(path, 1, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reads.Close()) }()
	return do(&SQLite{reads: reads})
}

// head is how far a chain is: the number and the hash of its last record.
type head struct{ count, hash any }

var noHead = head{count: int64(0), hash: ""}

// verifier follows the chains from record to record. It compares each with what the one before says of itself, right or
// wrong, so that one edited record is one problem and does not make all later ones look wrong.
type verifier struct {
	report Report
	end    head         // of the log
	chains map[any]head // of each request, by its id
}

func newVerifier() *verifier { return &verifier{end: noHead, chains: map[any]head{}} }

func (v *verifier) all(ctx context.Context, tx *sql.Tx) error {
	if err := v.log(ctx, tx); err != nil {
		return err
	}
	if err := v.heads(ctx, tx); err != nil {
		return err
	}
	return v.unrecorded(ctx, tx)
}

func (v *verifier) log(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT "+auditColumns+" FROM audit ORDER BY seq")
	return each(rows, err, func(scan func(...any) error) error {
		var l link
		if err := l.read(scan); err != nil {
			return err
		}
		v.next(l)
		return nil
	})
}

// next looks at the next record of the log.
func (v *verifier) next(l link) {
	before := v.end
	v.end = head{count: l.seq, hash: l.logHash}
	v.report.Records++
	v.report.Head = text(l.logHash)
	switch {
	case l.chainHash != l.chainSum():
		v.found(l, "was edited: it does not fit its own hash")
	case l.logHash != l.logSum():
		v.found(l, "was edited: it does not fit its checkpoint")
	}
	if !follows(l.seq, before.count) {
		v.found(l, "does not come right after record %s: what was between them is missing", show(before.count))
	} else if l.logPrev != before.hash {
		v.found(l, "does not continue the record before it: one of them was edited, exchanged, inserted or deleted")
	}
	v.chain(l)
}

// chain looks at a record's place among those of its request.
func (v *verifier) chain(l link) {
	id := l.requestID
	before, known := v.chains[id]
	if !known {
		before = noHead
		if id != "" { // links are of no request
			v.report.Requests++
		}
	}
	v.chains[id] = head{count: l.number, hash: l.chainHash}
	if !follows(l.number, before.count) {
		v.found(l, "does not come right after record %s of its request", show(before.count))
	} else if l.chainPrev != before.hash {
		v.found(l, "does not continue the record of its request before it")
	}
}

// follows tells whether a number is the next one.
func follows(number, before any) bool {
	n, ok := number.(int64)
	b, known := before.(int64)
	return ok && known && n-1 == b
}

// heads compares the ends that were reached with those that are kept beside the log.
func (v *verifier) heads(ctx context.Context, tx *sql.Tx) error {
	kept, err := headsIn(ctx, tx, "SELECT one, count, head FROM audit_log")
	if err != nil {
		return err
	}
	if got := kept[int64(1)]; len(kept) != 1 || got != v.end {
		v.problem(Problem{What: fmt.Sprintf("the log ends with record %s, but its head says record %s: records were cut off or added, "+
			"or the last one or the head was edited", show(v.end.count), show(got.count))})
	}
	if kept, err = headsIn(ctx, tx, "SELECT request_id, count, head FROM audit_chains"); err != nil {
		return err
	}
	for _, id := range slices.SortedFunc(maps.Keys(v.chains), byText) {
		if got, known := kept[id]; !known || got != v.chains[id] {
			v.problem(Problem{RequestID: text(id), What: fmt.Sprintf("the records of %s end with record %s of them, but their "+
				"head says %s", whose(id), show(v.chains[id].count), show(got.count))})
		}
		delete(kept, id)
	}
	for _, id := range slices.SortedFunc(maps.Keys(kept), byText) {
		v.problem(Problem{RequestID: text(id), What: fmt.Sprintf("all %s records of %s are missing", show(kept[id].count), whose(id))})
	}
	return nil
}

// whose names a chain: records may belong to no request.
func whose(id any) string {
	if id == "" {
		return "no request"
	}
	return "the request"
}

func headsIn(ctx context.Context, tx *sql.Tx, query string) (map[any]head, error) {
	rows, err := tx.QueryContext(ctx, query)
	out := map[any]head{}
	return out, each(rows, err, func(scan func(...any) error) error {
		var id, count, hash any
		if err := scan(&id, &count, &hash); err != nil {
			return err
		}
		out[asComparable(id)] = head{count: asComparable(count), hash: asComparable(hash)}
		return nil
	})
}

// unrecorded finds requests that nobody put on record.
func (v *verifier) unrecorded(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM requests
		WHERE NOT EXISTS (SELECT 1 FROM audit_chains WHERE request_id = requests.id) ORDER BY number`)
	ids, err := collect(rows, err, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
	for _, id := range ids {
		v.problem(Problem{RequestID: id, What: "the request has no audit record at all"})
	}
	return err
}

func (v *verifier) found(l link, format string, args ...any) {
	seq, _ := l.seq.(int64)
	number, _ := l.number.(int64)
	v.problem(Problem{Seq: seq, RequestID: text(l.requestID), Number: number, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) problem(p Problem) {
	if len(v.report.Problems) == maxProblems {
		v.report.More++
		return
	}
	v.report.Problems = append(v.report.Problems, p)
}
