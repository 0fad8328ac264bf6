package fakeisc

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// task is a task's life: queued until Begins, running until Ends, then over. Its effect comes about when it ends. Nothing runs
// meanwhile: what is due is done when somebody next asks.
type task struct {
	ID       string
	Verb     string // disable, enable, unlock, remove, delete, create
	Account  string // the ISC id
	Name     string // what the task is about, for people
	Source   ref    // where the account is
	Launcher string
	Created  time.Time
	Begins   time.Time
	Ends     time.Time
	Fault    upstream.TaskFault
	Fails    string  // why it will fail; empty when it will not
	New      *record // for create: the account as it will be
	Doing    bool    // its effect has begun: after a crash it is done again
	Over     bool
	Status   string // when over: SUCCESS, WARNING, ERROR, TERMINATED or TEMPERROR
	Said     string // when over: a message
	Reads    int    // how often it was read since it was over, for a task that flips
}

// keep is for how long task data is there.
const keep = 90 * 24 * time.Hour

// begin queues a task and answers 202 with its id.
func (t *Tenant) begin(c call, k task) upstream.Answer {
	now := t.now()
	k.ID, k.Created, k.Launcher, k.Fault = upstream.NewID(), now, c.who.name(), cmp.Or(c.Task, k.Fault)
	k.Begins = now.Add(time.Duration(t.settings.TaskQueued))
	k.Ends = k.Begins.Add(time.Duration(t.settings.TaskRunning))
	if err := t.putTask(&k); err != nil {
		return t.broken(err)
	}
	if k.Verb == "remove" {
		return reply(http.StatusAccepted, map[string]any{"type": "TASK_RESULT", "id": k.ID, "name": nil})
	}
	return reply(http.StatusAccepted, map[string]string{"id": k.ID})
}

func (t *Tenant) putTask(k *task) error {
	t.tasks[k.ID] = k
	return t.cfg.Disk.Put("isc/tasks", k.ID, k)
}

// now is the tenant's time, in milliseconds as ISC gives it.
func (t *Tenant) now() time.Time { return t.cfg.Clock().UTC().Truncate(time.Millisecond) }

// settle does what has become due: tasks and deletion requests, in the order of their ends. An effect is announced on disk, brought
// about, and then the task is marked as over; an announced one that a crash cut off is done again, which does no harm.
func (t *Tenant) settle() error {
	type due struct {
		at time.Time
		id string
		do func() error
	}
	var all []due
	now := t.now()
	for _, k := range t.tasks {
		if !k.Over && k.Fault != upstream.TaskNeverEnds && !now.Before(k.Ends) {
			all = append(all, due{k.Ends, k.ID, func() error { return t.end(k) }})
		}
	}
	for _, d := range t.deletions {
		if !d.Over && !d.stuck() && !now.Before(d.Ends) {
			all = append(all, due{d.Ends, d.ID, func() error { return t.endDeletion(d) }})
		}
	}
	slices.SortFunc(all, func(a, b due) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.id, b.id)) })
	for _, d := range all {
		if err := d.do(); err != nil {
			return err
		}
	}
	return nil
}

// endings are how tasks end that are told to: with which status, and the words. A warning comes with the effect, the others without.
var endings = map[upstream.TaskFault]struct{ status, said string }{
	upstream.TaskFails:      {"ERROR", "An unexpected error occurred while the task was running."},
	upstream.TaskTerminated: {"TERMINATED", "The task was terminated before it was through."},
	upstream.TaskTempError:  {"TEMPERROR", "The source could not be reached for now."},
	upstream.TaskWarns:      {"WARNING", "The task completed with a warning."},
}

// end brings the task's effect about and marks it as over.
func (t *Tenant) end(k *task) error {
	ending, told := endings[k.Fault]
	switch {
	case k.Fails != "":
		k.Status, k.Said = "ERROR", k.Fails
	case told && k.Fault != upstream.TaskWarns:
		k.Status, k.Said = ending.status, ending.said
	default:
		why, err := t.effect(k)
		if err != nil {
			return err
		}
		if k.Status, k.Said = "SUCCESS", ""; told {
			k.Status, k.Said = ending.status, ending.said
		}
		if why != "" {
			k.Status, k.Said, k.Fails = "ERROR", why, why
		}
	}
	k.Over = true
	return t.putTask(k)
}

// effect does what the task is for; why says that it could not be done.
func (t *Tenant) effect(k *task) (why string, err error) {
	if k.Verb == "create" {
		return "", t.putAccount(t.merged(*k.New))
	}
	r, ok := t.accounts[k.Account]
	if !ok && !k.Doing {
		return "Account not found: " + k.Account, nil
	}
	k.Doing = true
	if err := t.putTask(k); err != nil {
		return "", err
	}
	switch k.Verb {
	case "remove", "delete":
		return "", t.dropAccount(k.Account)
	case "disable", "enable":
		r.Account.Disabled = k.Verb == "disable"
	case "unlock":
		r.Account.Locked = false
	}
	r.Account.Modified = k.Ends
	if _, ok := t.live[r.liveKey()]; ok {
		err = t.putLive(r)
	}
	return "", errors.Join(err, t.putAccount(r))
}

// taskStatus is TaskStatus of the vendor's API.
type taskStatus struct {
	ID               string         `json:"id"`
	Type             string         `json:"type"`
	UniqueName       string         `json:"uniqueName"`
	Description      string         `json:"description"`
	ParentName       *string        `json:"parentName"`
	Launcher         string         `json:"launcher"`
	Created          time.Time      `json:"created"`
	Modified         *time.Time     `json:"modified"`
	Launched         *time.Time     `json:"launched"`
	Completed        *time.Time     `json:"completed"`
	CompletionStatus *string        `json:"completionStatus"`
	Messages         []taskMessage  `json:"messages"`
	Returns          []any          `json:"returns"`
	Attributes       map[string]any `json:"attributes"`
	Progress         *string        `json:"progress"`
	PercentComplete  int            `json:"percentComplete"`
	Target           *ref           `json:"target"`
}

type taskMessage struct {
	Type          string            `json:"type"`
	LocalizedText map[string]string `json:"localizedText"`
	Key           string            `json:"key"`
	Parameters    []any             `json:"parameters"`
}

// status gives the task as it is seen now; false when it is not there any more.
func (t *Tenant) status(k *task) (taskStatus, bool) {
	now := t.now()
	if now.Sub(k.Created) >= keep || k.Fault == upstream.TaskDisappears && !now.Before(k.Begins) {
		return taskStatus{}, false
	}
	s := taskStatus{
		ID: k.ID, Type: "QUARTZ", UniqueName: "Cloud " + k.Verb + " account " + k.ID, Description: strings.ToUpper(k.Verb) + " " + k.Name,
		Launcher: k.Launcher, Created: k.Created, Messages: []taskMessage{}, Returns: []any{}, Attributes: map[string]any{},
		Target: &ref{Type: "APPLICATION", ID: k.Source.ID, Name: k.Source.Name + " [source]"},
	}
	progress := "Queued"
	if !now.Before(k.Begins) {
		s.Launched, s.Modified, s.PercentComplete, progress = &k.Begins, &k.Begins, 50, "Running"
	}
	status, said := k.shown()
	if status != "" {
		s.Completed, s.Modified, s.CompletionStatus, s.PercentComplete, progress = &k.Ends, &k.Ends, &status, 100, "Completed"
	}
	if said != "" {
		s.Messages = append(s.Messages, taskMessage{
			Type: map[bool]string{true: "WARN", false: "ERROR"}[status == "WARNING"], LocalizedText: map[string]string{"locale": "en-US", "message": said}, Key: said, Parameters: []any{},
		})
	}
	s.Progress = &progress
	return s, true
}

// shown is the completion status as it is read now: a task that flips says something else each time.
func (k *task) shown() (status, said string) {
	if !k.Over || k.Fault != upstream.TaskFlips {
		return k.Status, k.Said
	}
	k.Reads++
	return []string{"ERROR", "", "SUCCESS"}[(k.Reads-1)%3], ""
}

// getTask answers GET /task-status/v1/{id}. A 404 here has no body.
func (t *Tenant) getTask(c call) upstream.Answer {
	k, ok := t.tasks[c.id]
	if !ok {
		return upstream.Answer{Status: http.StatusNotFound, Header: http.Header{}}
	}
	statuses, err := t.read(c, []*task{k})
	if err != nil {
		return t.broken(err)
	}
	if len(statuses) == 0 {
		return upstream.Answer{Status: http.StatusNotFound, Header: http.Header{}}
	}
	return reply(http.StatusOK, statuses[0])
}

// listTasks answers GET /task-status/v1?filters=id in ("a","b").
func (t *Tenant) listTasks(c call) upstream.Answer {
	keepIt, err := parseFilter(c.Query.Get("filters"), taskFields)
	if err != nil {
		return t.refuse(http.StatusBadRequest, "%s", err.Error())
	}
	var wanted []*task
	for _, k := range t.tasks {
		if keepIt(k) {
			wanted = append(wanted, k)
		}
	}
	slices.SortFunc(wanted, func(a, b *task) int { return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID)) })
	statuses, err := t.read(c, wanted)
	if err != nil {
		return t.broken(err)
	}
	c.Query.Del("filters")
	return list(t, c, statuses, nil, taskSorts)
}

// read gives the tasks as they are seen, and writes down what reading changes.
func (t *Tenant) read(c call, tasks []*task) ([]taskStatus, error) {
	statuses := []taskStatus{}
	for _, k := range tasks {
		reads, fault := k.Reads, k.Fault
		k.Fault = cmp.Or(c.Task, k.Fault)
		if s, ok := t.status(k); ok {
			statuses = append(statuses, s)
		}
		if k.Reads != reads || k.Fault != fault {
			if err := t.putTask(k); err != nil {
				return nil, err
			}
		}
	}
	return statuses, nil
}

// The fields that tasks can be filtered and sorted by.
var taskFields = map[string]field[*task]{
	"id":               {ops: []string{"eq", "in"}, text: func(k *task) string { return k.ID }},
	"sourceId":         {ops: []string{"eq", "in"}, text: func(k *task) string { return k.Source.ID }},
	"type":             {ops: []string{"eq", "in"}, text: func(*task) string { return "QUARTZ" }},
	"completionStatus": {ops: []string{"eq", "in", "isnull"}, anyCase: true, text: func(k *task) string { return k.Status }},
	"launcher":         {ops: []string{"eq", "in"}, text: func(k *task) string { return k.Launcher }},
}

var taskSorts = map[string]func(taskStatus) string{
	"created": func(s taskStatus) string { return s.Created.UTC().Format(sortable) },
}
