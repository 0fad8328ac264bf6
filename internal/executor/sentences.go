package executor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"accountops/internal/fault"
)

// This file holds what people read about a request: the thread's lines, the summary and the next step. Names and reasons in
// them are untrusted text; faces show them literally.

// what names an operation on its account: "Remove account jane.doe on Corporate AD".
func what(r Request) string {
	s := r.Title + " " + r.Plan.Account.Name
	if r.Plan.Account.Source != "" {
		s += " on " + r.Plan.Account.Source
	}
	return s
}

// moment is a time as everybody reads it the same way. Whoever computes with it has it in the receipt.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") + " UTC" }

func who(a Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return string(a.Principal)
}

// Others names the people who have to approve, by how many they are: "another person", "2 other people".
func Others(quorum int) string {
	if quorum > 1 {
		return fmt.Sprint(quorum, " other people")
	}
	return "another person"
}

// OthersHave is Others with its verb.
func OthersHave(quorum int) string {
	if quorum > 1 {
		return Others(quorum) + " have"
	}
	return Others(quorum) + " has"
}

func lineAsked(r Request, quorum int) string {
	line := who(r.By) + " asked: " + what(r) + "."
	if r.By.Door != DoorSlack {
		line = "An assistant of " + line
	}
	if r.NeedsVote {
		return line + " Nothing has been changed yet; " + OthersHave(quorum) + " to approve."
	}
	return line + " It needs no approval."
}

func lineSending(p Plan) string {
	if !p.Exists {
		return "Looked again: there is still no such account. Sending now, once."
	}
	return "Looked again: the account is as it was shown. Sending now, once."
}

func lineVoted(v Vote, votes, quorum int) string {
	return fmt.Sprintf("Approved by %s: %d of %d.", who(v.By), votes, quorum)
}

func lineApproved(v Vote, votes, quorum int) string {
	if quorum == 1 {
		return "Approved by " + who(v.By) + ". Looking at the account again before anything is sent."
	}
	return fmt.Sprintf("Approved by %s: %d of %d. Looking at the account again before anything is sent.", who(v.By), votes, quorum)
}

func lineDenied(v Vote) string {
	return "Denied by " + who(v.By) + ", so nothing was changed. Their reason: " + v.Reason
}

func lineReminded(r Request, quorum int) string {
	return fmt.Sprintf("Reminder: this waits for %s's approval until %s; %d of %d so far. Nothing has been changed yet.",
		Others(quorum), moment(r.ExpiresAt), len(r.Votes()), quorum)
}

func lineWithdrawn(by Actor, reason string) string {
	line := "Withdrawn by " + who(by) + ", so nothing was changed."
	if reason != "" {
		line += " Their reason: " + reason
	}
	return line
}

func lineTaskEnded(r Request, p Progress) string {
	return endWords(r, p.State) + noted(r, p.Note) + " Reading the account back."
}

// endWords tells how a task ended.
func endWords(r Request, end TaskState) string {
	switch end {
	case FailedTask:
		return "The task did not succeed."
	case EndedTask:
		return "The task is over, and nothing tells how it ended."
	}
	return r.Plan.SystemName + " says the task succeeded."
}

// lineStillRunning tells that it takes long, and what it waits for.
func lineStillRunning(r Request, p Progress) string {
	return "Still running at " + r.Plan.SystemName + " since " + moment(r.Attempt.AnswerAt) + ". It is followed on." + noted(r, p.Note)
}

// lineUnread tells that nobody can say how far it is.
func lineUnread(r Request, why error) string {
	return "How far it is at " + r.Plan.SystemName + ", which took it at " + moment(r.Attempt.AnswerAt) + ", cannot be read. It is followed on." +
		becauseWords(why)
}

// becauseWords tells why something could not be read, in the client's words and the upstream's; nothing of a mistake of ours, which the
// log has.
func becauseWords(why error) string {
	e, ok := errors.AsType[*fault.Error](why)
	if !ok || e.Kind == fault.Internal {
		return ""
	}
	return " " + e.Sentence + said(e.Said, e.Code, e.Ref)
}

// stopped ends a text with a full stop, unless it ends in a sign of its own.
func stopped(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:)") {
		return text
	}
	return text + "."
}

// expiredWords says why a request ran out.
func (e *Executor) expiredWords(r Request) string {
	votes, quorum := len(r.Votes()), e.quorum(r)
	switch {
	case !r.NeedsVote:
		return "the call could not be sent in time, so nothing was changed."
	case votes >= quorum:
		return "the approval ran out before the call could be sent, so nothing was changed."
	case votes > 0:
		return fmt.Sprintf("only %d of %d approved it in time, so nothing was changed.", votes, quorum)
	}
	return "nobody approved it in time, so nothing was changed."
}

func driftWords(differences []Difference) string {
	parts := make([]string, 0, len(differences))
	for _, d := range differences {
		switch {
		case d.List && d.Was == "":
			parts = append(parts, fmt.Sprintf("%s: new %q", d.Field, d.Is))
		case d.List && d.Is == "":
			parts = append(parts, fmt.Sprintf("%s: no longer %q", d.Field, d.Was))
		case d.List:
			parts = append(parts, fmt.Sprintf("%s: no longer %q, new %q", d.Field, d.Was, d.Is))
		default:
			parts = append(parts, fmt.Sprintf("%s was %q, is %q", d.Field, d.Was, d.Is))
		}
	}
	return "Changed: " + strings.Join(parts, "; ") + "."
}

func notAppliedWords(r Request, p Proof) string {
	words := "Reading the account back shows that nothing was changed. " + p.Words
	if r.Attempt.TaskState == Succeeded {
		words = r.Plan.SystemName + " says that it succeeded, but reading the account back shows that it did not happen. " + p.Words
	}
	return strings.TrimSpace(words + taskWords(r))
}

func taskWords(r Request) string { return noted(r, r.Attempt.TaskNote) }

// noted quotes what an upstream says of a task, as its words unless they name it themselves.
func noted(r Request, note string) string {
	switch system := r.Plan.SystemName; {
	case note == "":
		return ""
	case strings.HasPrefix(note, system+" "), strings.HasPrefix(note, system+"'s "):
		return " " + stopped(note)
	default:
		return " " + system + ": " + stopped(note)
	}
}

// unprovedWords tells why reading back shows neither.
func unprovedWords(p Proof, err error) string {
	if err == nil && p.Words != "" {
		return p.Words
	}
	return "The account could not be read back." + becauseWords(err)
}

// summary says where a request stands.
func (e *Executor) summary(r Request) string {
	system := r.Plan.SystemName
	switch r.State {
	case Pending:
		return fmt.Sprintf("Nothing has been changed yet. %s waits for %s's approval in %s until %s%s.",
			what(r), Others(e.quorum(r)), e.cfg.Where, moment(r.ExpiresAt), e.soFar(r))
	case Approved:
		return "Nothing has been changed yet. " + what(r) + ": this may go ahead; the account is looked at again before the call is sent."
	case Sending:
		return what(r) + ": the call is on its way to " + system + "; its outcome is not known yet."
	case Following:
		return what(r) + ": " + system + " took the call and is working on it." + noteWords(r)
	case Verifying:
		return what(r) + ": " + system + " has finished; the account is being read back."
	case InDoubt:
		return what(r) + ": no clear answer came from " + system + ". The account is being read back; the call is not sent again."
	case Done:
		if r.Result == Verified {
			return "Done, verified. " + what(r) + ": " + r.Note
		}
		return "Done, unverified. " + what(r) + ": " + r.Problem
	case Failed:
		return "Failed. " + what(r) + ": " + r.Problem
	case Denied:
		return "Denied, so nothing was changed. " + what(r) + deniedWords(r)
	case Expired:
		return "Expired. " + what(r) + ": " + e.expiredWords(r)
	case Withdrawn:
		return "Withdrawn, so nothing was changed. " + what(r) + "."
	case AlreadyGone:
		return "Already gone. " + what(r) + ": the account no longer exists, so nothing was sent."
	default:
		return "Outcome unknown. " + what(r) + ": " + r.Problem
	}
}

// soFar tells how many have approved, where it takes several.
func (e *Executor) soFar(r Request) string {
	if e.quorum(r) == 1 {
		return ""
	}
	return fmt.Sprintf("; %d of %d so far", len(r.Votes()), e.quorum(r))
}

func noteWords(r Request) string {
	if r.Note == "" {
		return ""
	}
	return " (" + r.Note + ")"
}

func deniedWords(r Request) string {
	for _, d := range r.Decisions {
		if !d.Approve {
			return " was denied by " + who(d.By) + ": " + d.Reason
		}
	}
	return "."
}

// nextStep says what the requester can do now.
func (e *Executor) nextStep(r Request) string {
	switch {
	case r.State == Pending:
		others := OthersHave(e.quorum(r))
		return strings.ToUpper(others[:1]) + others[1:] + " to press Approve in " + e.cfg.Where + "; nothing said or sent here can approve. " +
			"Ask get_request with this request_id later, or withdraw it if it is no longer wanted."
	case r.Open():
		return "Ask get_request with this request_id until it has ended."
	case r.State == Done && r.Result == Verified, r.State == AlreadyGone:
		return ""
	case r.State == Done, r.State == Unknown:
		return "Look at the account in " + r.Plan.SystemName + "."
	default:
		return "Ask again only if it is still wanted."
	}
}
