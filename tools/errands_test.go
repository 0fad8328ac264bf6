package tools_test

import "strings"

// errand is a row of the table of outcomes: one operation on one system, and the inputs that lead it to each of its outcomes.
type errand struct {
	operation, system, on string // on says which kind of source, where that makes another call
	reads                 bool
	input                 string // that succeeds
	shows                 string // what its success says
	already               string // names an account that is so already
	nobody, several       string // name no account, and more than one
	refused               string // names an account that the tenant itself refuses
	method, suffix        string // of the one call that the tenant is to fail
	client                string // an ISC client that may not do it; without one the tenant answers 403
	needs                 string // what a refusal says is needed
	refusal               string // where the system has no such call: what asking says
	never                 map[string]string
}

func (e errand) row() string {
	if e.on != "" {
		return e.operation + " " + e.system + " " + e.on
	}
	return e.operation + " " + e.system
}

const (
	synchronous = "Every call of eSystems is synchronous: there are no tasks."
	looking     = "It reads: nothing is changed, so nothing can be so already, and there is no task."
	unique      = "What is looked up for a new account, its Username and ExternalId, is unique in eSystems."
	noSource    = "Creating in eSystems looks up nothing that has to be there."
	aList       = "It lists, and looks no account up."
)

// cannot says why an outcome cannot be; empty when it can.
func (e errand) cannot(outcome string) string {
	task := outcome == "task fails" || outcome == "task hangs"
	switch {
	case e.refusal != "":
		return "There is no such call: `" + spaced(e.row()) + "/refused_before_anything_is_asked`."
	case e.reads && (task || outcome == "already so"):
		return looking
	case e.system == "esystems" && task:
		return synchronous
	}
	return e.never[outcome]
}

// errands are the rows. Inputs are of the sandbox's people.
func errands() []errand {
	return append(append(changing(), destroying()...), reading()...)
}

func changing() []errand {
	const (
		nobody   = `{"account":"nobody.here"}`
		smith    = `{"account":"John Smith"}`
		ledger   = `"source":"Finance Ledger"`
		external = `{"account":"LEGACY-0042"}`
	)
	esystemsNames := errand{system: "esystems", nobody: nobody, several: external}
	iscNames := errand{system: "sailpoint", nobody: nobody, several: smith}
	return []errand{
		{operation: "create_account", system: "sailpoint", input: `{"account":"FL-7",` + ledger + `,"attributes":{"displayName":"Seven"}}`, shows: "The account exists",
			already: `{"account":"FL-100234",` + ledger + `}`, nobody: `{"account":"FL-7","source":"Nowhere"}`, several: `{"account":"FL-SAME",` + ledger + `}`,
			method: "POST", suffix: "/accounts/v1", needs: "Creating accounts needs ORG_ADMIN"},
		{operation: "create_account", system: "esystems", input: `{"account":"new.one","attributes":{"Name":"New One","Email":"new@acme.example"}}`, shows: "The account exists",
			already: `{"account":"jane.doe","attributes":{"Name":"Jane"}}`, method: "POST", suffix: "/Account", needs: "AccessManager:Create",
			never: map[string]string{"not found": noSource, "ambiguous": unique}},
		iscNames.with("enable_account", `{"account":"noah.fischer","source":"Corporate AD"}`, `{"account":"jane.doe","source":"Corporate AD"}`,
			"The account is enabled", "POST", "/enable", ""),
		esystemsNames.with("enable_account", `{"account":"noah.fischer"}`, `{"account":"jane.doe"}`, "The account is enabled", "PUT", "", "AccessManager:Update"),
		iscNames.with("disable_account", `{"account":"jane.doe","source":"Corporate AD"}`, `{"account":"noah.fischer","source":"Corporate AD"}`,
			"The account is disabled", "POST", "/disable", ""),
		esystemsNames.with("disable_account", `{"account":"jane.doe"}`, `{"account":"noah.fischer"}`, "The account is disabled", "PUT", "", "AccessManager:Update"),
		iscNames.with("unlock_account", `{"account":"liam.oconnor","source":"Corporate AD"}`, `{"account":"jane.doe","source":"Corporate AD"}`,
			"The account is unlocked", "POST", "/unlock", ""),
		{operation: "unlock_account", system: "esystems", input: `{"account":"jane.doe"}`, refusal: "what fits there is to enable an account"},
	}
}

// with completes an errand that changes an account.
func (e errand) with(operation, input, already, shows, method, suffix, needs string) errand {
	e.operation, e.input, e.already, e.shows, e.method, e.suffix, e.needs = operation, input, already, shows, method, suffix, needs
	return e
}

func destroying() []errand {
	const (
		nobody = `{"account":"nobody.here","reason":"left"}`
		smith  = `{"account":"John Smith","reason":"left"}`
	)
	all := []errand{
		{operation: "remove_account", system: "sailpoint", input: `{"account":"jane.doe","source":"Corporate AD","reason":"left"}`,
			refused: `{"account":"jane.doe","source":"Payroll Vault","reason":"left"}`, method: "POST", suffix: "/remove",
			client: "sandbox-helpdesk", needs: "Removing needs ORG_ADMIN"},
		{operation: "remove_account", system: "esystems", input: `{"account":"jane.doe","reason":"left"}`, refusal: "what fits there is to delete the account"},
		{operation: "delete_account", system: "sailpoint", on: "connected source", input: `{"account":"jane.doe","source":"Corporate AD","reason":"left"}`,
			method: "POST", suffix: "/delete", client: "sandbox-app", needs: "personal access token"},
		{operation: "delete_account", system: "sailpoint", on: "delimited file", input: `{"account":"jane.doe","source":"Finance Ledger","reason":"left"}`,
			method: "DELETE"},
		{operation: "delete_account", system: "sailpoint", on: "another source", input: `{"account":"jane.doe","source":"Payroll Vault","reason":"left"}`,
			refusal: "What fits is to disable it"},
		{operation: "delete_account", system: "esystems", input: `{"account":"jane.doe","reason":"left"}`, method: "DELETE", needs: "AccessManager:Delete",
			several: `{"account":"LEGACY-0042","match_by":"external_id","reason":"left"}`},
	}
	for i := range all {
		all[i].nobody, all[i].shows = nobody, map[string]string{"sailpoint": "SailPoint", "esystems": "eSystems"}[all[i].system]+" no longer has the account"
		if all[i].several == "" {
			all[i].several = smith
		}
	}
	return all
}

func reading() []errand {
	var all []errand
	for _, system := range []string{"sailpoint", "esystems"} {
		for _, operation := range []string{"find_accounts", "get_account"} {
			all = append(all, errand{operation: operation, system: system, reads: true, input: `{"account":"bao.tran"}`, shows: "bao.tran",
				nobody: `{"account":"nobody.here"}`, several: `{"account":"John Smith"}`, method: "GET"})
		}
	}
	all[1].input = `{"account":"bao.tran","source":"Corporate AD"}`
	return append(all,
		errand{operation: "list_deletion_requests", system: "sailpoint", reads: true, input: `{"count":true}`, shows: "0 in all", method: "GET",
			client: "sandbox-app", never: map[string]string{"not found": aList, "ambiguous": aList}},
		errand{operation: "list_deletion_requests", system: "esystems", input: `{}`, refusal: "SailPoint is not configured here"})
}

func spaced(name string) string { return strings.ReplaceAll(name, " ", "_") }
