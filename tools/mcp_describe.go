package tools

import "accountops/internal/executor"

// describe is what a model reads about a tool before it calls it. The operation's summary says what it does, whether it can be
// undone and who approves; what comes back is this face's to say. Nothing in it comes from outside the program.
func describe(op executor.Operation) string {
	switch {
	case op.Direct():
		return op.Summary
	case op.Effect == executor.Destroy:
		return op.Summary + " Answers with a request_id, the plan and awaiting_approval: nothing has been changed then."
	default:
		return op.Summary + " Answers with a request_id and where it stands; done means read back."
	}
}
