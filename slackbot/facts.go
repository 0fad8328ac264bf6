package slackbot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// moment is a time as everybody reads it the same way.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") + " UTC" }

// fact is a label of ours and a value of others.
type fact struct{ label, value string }

// drawn are the labels of what a card shows by itself; a plan that tells them too is not shown twice.
var drawn = []string{"Source", "Account", "Native identity", "Identity", "Status", "Entitlements", "Privileged"}

// facts is what the account is or was, as it was read for the plan.
func facts(r executor.Request, whole bool) *section {
	p, a := r.Plan, r.Plan.Account
	identity := a.Identity
	if a.IdentityID != "" && a.IdentityID != a.Identity {
		identity = strings.TrimSpace(identity + " (" + a.IdentityID + ")")
	}
	list := []fact{
		{p.SystemName + " tenant", p.Tenant}, {"Source", a.Source}, {"Account", a.Name}, {"Native identity", a.NativeIdentity},
		{"Account id", p.Target}, {"Identity", identity}, {"Status", a.Status},
	}
	for _, f := range p.Facts {
		if !slices.Contains(drawn, f.Label) {
			list = append(list, fact{f.Label, f.Value})
		}
	}
	s := &section{}
	s.line(bold("Operation: "), words(r.Title))
	if when := asOf(r); when != "" {
		s.line(bold(when))
	}
	for _, f := range list {
		if f.value != "" {
			s.line(bold(f.label+": "), sized(f.value, whole))
		}
	}
	entitlements(s, a, whole)
	if doubtful := doubts(r); len(doubtful) > 0 {
		for _, d := range doubtful {
			s.line(bold("⚠ Look closely: "), words(d))
		}
	}
	return s
}

// asOf says when the account was as a card shows it, once it may not be so any more.
func asOf(r executor.Request) string {
	switch {
	case !r.Plan.Exists: // what is to be created was nothing before
		return ""
	case r.Attempt != nil:
		return "The account before the call:"
	case !r.Open():
		return "The account when last looked at:"
	}
	return ""
}

// entitlements adds how many there are and their names, the privileged ones first and marked. Where they are not told, as of an account
// that is still to be, nothing is said of them.
func entitlements(s *section, a executor.Account, whole bool) {
	if a.Entitlements == nil {
		return
	}
	var privileged, others []string
	for _, e := range a.Entitlements {
		if e.Privileged {
			privileged = append(privileged, e.Name)
		} else {
			others = append(others, e.Name)
		}
	}
	count := fmt.Sprintf("%d", len(a.Entitlements))
	if len(privileged) > 0 {
		count += fmt.Sprintf(", of which %d privileged", len(privileged))
	}
	s.line(bold("Entitlements: "), words(count))
	if !whole {
		return
	}
	if len(privileged) > 0 {
		s.line(bold("⚠ Privileged: "), named(privileged))
	}
	if len(others) > 0 {
		s.line(words("Others: "), named(others))
	}
}

// named lists names so that each can be told from the next. Very many share one element, to leave room for the rest.
func named(names []string) []span {
	const apart = 12
	if len(names) > apart {
		return value(strings.Join(names, " ¦ "))
	}
	var out []span
	for i, n := range names {
		if i > 0 {
			out = append(out, words(", ")...)
		}
		out = append(out, value(n)...)
	}
	return out
}

// doubts names the values that a reader could be deceived by.
func doubts(r executor.Request) []string {
	a := r.Plan.Account
	list := []fact{
		{"the source", a.Source}, {"the account", a.Name}, {"the native identity", a.NativeIdentity}, {"the account id", r.Plan.Target},
		{"the identity", a.Identity}, {"the reason", r.Reason}, {"who asked", r.By.Name},
	}
	for _, e := range a.Entitlements {
		list = append(list, fact{"an entitlement", e.Name})
	}
	for _, f := range r.Plan.Facts {
		list = append(list, fact{f.Label, f.Value})
	}
	var out []string
	for _, f := range list {
		if d := doubt(f.value); d != "" && !slices.Contains(out, f.label+" "+d+".") {
			out = append(out, f.label+" "+d+".")
		}
	}
	return out
}

// happens is what will be done, word for word, with what to beware of and what is not as it was.
func happens(r executor.Request) []slack.Block {
	p := r.Plan
	var items [][]span
	for _, c := range p.Changes {
		items = append(items, quoted(c))
	}
	if p.Call != "" {
		items = append(items, join(words("The call: "), value(p.Call)))
	}
	keys := make([]string, 0, len(p.Options))
	for k := range p.Options {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		items = append(items, join(words("Sent along: "), value(k+" = "+p.Options[k])))
	}
	if p.Consequence != "" {
		items = append(items, quoted(p.Consequence))
	}
	title := "What will happen"
	if !r.Open() {
		title = "What was asked for"
	}
	blocks := richBlocks(paragraph(bold(title)), bullets(items...))
	if len(items) == 0 {
		blocks = nil
	}
	if len(p.Warnings) > 0 {
		blocks = append(blocks, listed("⚠ Beware", p.Warnings)...)
	}
	if len(r.Drift) > 0 {
		blocks = append(blocks, drift(r.Drift)...)
	}
	return blocks
}

func listed(title string, sentences []string) []slack.Block {
	var items [][]span
	for _, s := range sentences {
		items = append(items, quoted(s))
	}
	return richBlocks(paragraph(bold(title)), bullets(items...))
}

// drift shows what is not as it was when it was approved, so that it is asked again.
func drift(differences []executor.Difference) []slack.Block {
	var items [][]span
	for _, d := range differences {
		items = append(items, different(d))
	}
	return richBlocks(paragraph(bold("⚠ Asked again, because this has changed since it was approved")), bullets(items...))
}

func different(d executor.Difference) []span {
	switch {
	case d.List && d.Was == "":
		return join(words(d.Field+": new "), value(d.Is))
	case d.List && d.Is == "":
		return join(words(d.Field+": no longer "), value(d.Was))
	case d.List:
		return join(words(d.Field+": no longer "), value(d.Was), words(", new "), value(d.Is))
	default:
		return join(words(d.Field+": was "), value(d.Was), words(", is "), value(d.Is))
	}
}
