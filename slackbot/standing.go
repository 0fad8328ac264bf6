package slackbot

import (
	"fmt"

	"accountops/internal/executor"
)

// standings are where a request stands, in a few words.
var standings = map[executor.State]string{
	executor.Approved:    "⏳ May go ahead; the account is looked at again first. Nothing has been changed yet.",
	executor.Sending:     "⏳ The call is on its way.",
	executor.Following:   "⏳ The call was taken; its task is being followed.",
	executor.Verifying:   "⏳ Reading the account back.",
	executor.InDoubt:     "⏳ No clear answer came. The account is being read back; the call is not sent again.",
	executor.Failed:      "❌ Failed.",
	executor.Denied:      "🚫 Denied. Nothing was changed.",
	executor.Expired:     "⌛ Expired. Nothing was changed.",
	executor.Withdrawn:   "↩ Withdrawn. Nothing was changed.",
	executor.AlreadyGone: "✔ Already gone. Nothing was sent.",
	executor.Unknown:     "❓ Nobody can tell what happened. It is not tried again by itself; look at the account.",
}

// standing says where a request stands.
func standing(r executor.Request) string {
	switch {
	case r.State == executor.Pending:
		return "⏳ Waits for " + executor.Others(r.Policy.Quorum) + "'s approval. Nothing has been changed yet."
	case r.State != executor.Done:
		return standings[r.State]
	case r.Result == executor.Verified:
		return "✅ Done, verified."
	}
	return "⚠ Done, but unverified."
}

// counted is a request with the quorum against which its votes are counted: the larger of then and now, until it was sent.
func (b *Bot) counted(r executor.Request) executor.Request {
	switch r.State {
	case executor.Pending, executor.Approved, executor.Expired:
		r.Policy.Quorum = max(r.Policy.Quorum, b.opts.Quorum)
	}
	return r
}

// state is the live line of a card: where it stands, why, and who decided, n of m.
func state(r executor.Request, whole bool) *section {
	s := &section{}
	s.line(bold(standing(r)))
	if r.Note != "" && r.State != executor.Pending {
		s.line(sentence(r.Note, whole))
	}
	if r.Problem != "" && r.State != executor.Withdrawn {
		s.line(sentence(r.Problem, whole))
	}
	if r.State == executor.Withdrawn && r.Problem != "" {
		s.line(words("Their reason: "), sized(r.Problem, whole))
	}
	if r.Attempt != nil && r.Attempt.Ref != "" && !r.Open() {
		s.line(words("Tracking id: "), sized(r.Attempt.Ref, whole))
	}
	for _, d := range r.Decisions {
		verb := "Approved by "
		switch {
		case !d.Approve:
			verb = "Denied by "
		case d.Void:
			verb = "No longer counts: approved by "
		case d.Fingerprint != r.Fingerprint:
			verb = "Approved, as it was before, by "
		}
		s.line(words(verb), someone(d.By), words(", "), date(d.At))
		if d.Reason != "" {
			s.line(words("Their reason: "), sized(d.Reason, whole))
		}
	}
	if votes := len(r.Votes()); r.NeedsVote && (votes > 0 || r.State == executor.Pending) {
		s.line(words(fmt.Sprintf("%d of %d approvals.", votes, max(r.Policy.Quorum, 1))))
	}
	return s
}

// sentence is text in which others may be quoted.
func sentence(s string, whole bool) []span {
	if shown := sized(s, whole); !whole && len(visible(s)) > 300 {
		return shown
	}
	return quoted(s)
}
