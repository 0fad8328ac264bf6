package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// forged gives the log with the event of the record at i changed, and then what was mended to hide it.
func forged(links []link, i int, mend func(before, l *link)) (found bool) {
	links = append([]link(nil), links...)
	links[i].event = "forged"
	last := map[any]*link{}
	for n := range links {
		l := &links[n]
		before := &link{chainHash: "", logHash: ""}
		if n > 0 {
			before = &links[n-1]
		}
		own := last[l.requestID]
		if own == nil {
			own = &link{chainHash: ""}
		}
		if n >= i {
			mend(&link{chainHash: own.chainHash, logHash: before.logHash}, l)
		}
		last[l.requestID] = l
	}
	v := newVerifier()
	for _, l := range links {
		v.next(l)
	}
	return !v.report.OK()
}

func TestAForgedRecordIsFoundUnlessBothOfItsChainsAreForgedToTheEnd(t *testing.T) {
	t.Parallel()
	links := logged(t, 100).links(t)
	chain := func(before, l *link) { l.chainPrev = before.chainHash; l.chainHash = l.chainSum() }
	log := func(before, l *link) { l.logPrev = before.logHash; l.logHash = l.logSum() }
	for i := range links[:99] {
		isForged := func(l *link) bool { return l.event == "forged" }
		for what, mend := range map[string]func(before, l *link){
			"nothing":       func(_, _ *link) {},
			"the chain":     chain,
			"the log":       log,
			"its own place": func(before, l *link) { mendWith(isForged(l), before, l, chain, log) },
			"the chain, and the log but for its later hashes": func(before, l *link) {
				chain(before, l)
				l.logPrev = before.logHash
				mendWith(isForged(l), before, l, log)
			},
			"the chain, and the log but for what later records refer to": func(before, l *link) {
				chain(before, l)
				mendWith(isForged(l), before, l, log)
			},
		} {
			require.True(t, forged(links, i, mend), "record %d, mended: %s", i+1, what)
		}
		require.False(t, forged(links, i, func(before, l *link) { mendWith(true, before, l, chain, log) }), "against this, the head is kept elsewhere")
	}
	for i := range links[:60] { // those whose request has a later record
		require.True(t, forged(links, i, func(before, l *link) {
			l.chainPrev = before.chainHash
			mendWith(l.event == "forged", before, l, chain)
			log(before, l)
		}), "record %d, mended: the log, and the chain but for its later hashes", i+1)
	}
}

// mendWith mends with each of some, if at all.
func mendWith(really bool, before, l *link, mends ...func(before, l *link)) {
	for _, mend := range mends {
		if really {
			mend(before, l)
		}
	}
}
