package upstream

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
)

// Fault is a fault that is switched on.
type Fault struct {
	ID          int     `json:"id"`
	Method      string  `json:"method"`      // empty or * for any
	PathPrefix  string  `json:"path_prefix"` // with or without the mount, with or without a leading year; empty for all but the token endpoint
	PathSuffix  string  `json:"path_suffix,omitempty"`
	Kind        string  `json:"kind"`
	Times       int     `json:"times"`                 // how often it still fires; 0 = until cleared
	Probability float64 `json:"probability,omitempty"` // 0 < p ≤ 1; 0 means always
	Seed        uint32  `json:"seed,omitempty"`        // with a probability: the same seed strikes the same ones of the calls that match; 0 takes one at random
	Seen        int     `json:"seen,omitempty"`        // with a probability: how many calls it was drawn for
	Applied     *bool   `json:"applied,omitempty"`     // whether the call takes effect although its answer is spoilt, where the kind leaves that open
	Renewals    int     `json:"renewals,omitempty"`    // for a failing renewal: how many token calls are refused each time it fires; 0 means 3
	Delay       string  `json:"delay,omitempty"`       // for delay: how long, such as "300ms"
	Fired       int     `json:"fired"`
	Note        string  `json:"note,omitempty"`
}

// faults are the faults that are switched on, in the order in which they were; the first that matches fires.
type faults struct {
	mu     sync.Mutex
	disk   *disk.Disk
	bucket string
	token  string
	tasks  bool
	state  struct {
		Last int
		List []Fault
	}
}

func (f *faults) open(cfg Config) error {
	f.disk, f.bucket, f.token, f.tasks = cfg.Disk, cfg.Name+"/faults", cfg.Token, cfg.Tasks
	_, err := f.disk.Get(f.bucket, "all", &f.state)
	return err
}

func (f *faults) save() error { return f.disk.Put(f.bucket, "all", f.state) }

// add checks a fault and switches it on. The error is a sentence.
func (f *faults) add(fault Fault) (Fault, error) {
	kind := kindOf(fault.Kind, 0)
	switch {
	case kind == "":
		return fault, fmt.Errorf("there is no kind of fault %q, so none was switched on. The kinds are: %s", fault.Kind, strings.Join(Kinds(), "; "))
	case strings.HasPrefix(kind, "task") && !f.tasks:
		return fault, fmt.Errorf("this system has no tasks: every call is synchronous, so no fault %q was switched on", kind)
	case fault.Times < 0 || fault.Renewals < 0 || fault.Probability < 0 || fault.Probability > 1:
		return fault, fmt.Errorf("times and renewals must be 0 or more and probability between 0 and 1, so no fault was switched on")
	}
	if d, err := time.ParseDuration(fault.Delay); kind == Delay && (err != nil || d < 0 || d > time.Hour) {
		return fault, fmt.Errorf(`a delay needs how long, such as "delay":"300ms" and at most 1h, so no fault was switched on`)
	}
	fault.Note, fault.Fired, fault.Seen = notes[kind], 0, 0
	if fault.Probability > 0 && fault.Seed == 0 {
		fault.Seed = rand.Uint32() | 1 // said in the answer, so that what it did can be done again
	}
	if groups[words(fault.Kind)] == nil {
		fault.Kind = kind
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.put(fault)
}

func (f *faults) put(fault Fault) (Fault, error) {
	f.state.Last++
	fault.ID = f.state.Last
	f.state.List = append(f.state.List, fault)
	return fault, f.save()
}

// list gives the faults that are switched on.
func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fault{}, f.state.List...)
}

// clear switches one fault off, or all for id 0, and says how many.
func (f *faults) clear(id int) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.state.List)
	f.state.List = slices.DeleteFunc(f.state.List, func(x Fault) bool { return id == 0 || x.ID == id })
	return before - len(f.state.List), f.save()
}

// take finds the fault that fires for this call and uses it up once; the zero Fault when none does.
func (f *faults) take(method, wire, below string) (Fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	drawn := false
	for i := range f.state.List {
		fault := &f.state.List[i]
		if !f.matches(*fault, method, wire, below) {
			continue
		}
		if drawn = drawn || fault.Probability > 0; !fault.draw() {
			continue
		}
		return f.fire(i)
	}
	if drawn {
		return Fault{}, f.save()
	}
	return Fault{}, nil
}

// draw tells whether a fault strikes the next call that it matches. What it draws is told by its seed and the number of that call alone, so
// that it does not matter what else draws, nor whether the sandbox was started anew.
func (f *Fault) draw() bool {
	if f.Probability == 0 {
		return true
	}
	f.Seen++
	return rand.New(rand.NewPCG(uint64(f.Seed), uint64(f.Seen))).Float64() < f.Probability
}

// fire uses the fault up once.
func (f *faults) fire(i int) (Fault, error) {
	f.state.List[i].Fired++
	fault := f.state.List[i]
	if fault.Times > 0 {
		if f.state.List[i].Times--; f.state.List[i].Times == 0 {
			f.state.List = slices.Delete(f.state.List, i, i+1)
		}
	}
	if fault.Kind = kindOf(fault.Kind, fault.Fired-1); fault.Kind == NoRenewal {
		_, err := f.put(Fault{Method: "POST", PathPrefix: f.token, Kind: Unauthorized, Times: cmp.Or(fault.Renewals, 3)})
		return fault, err
	}
	return fault, f.save()
}

var leadingYear = regexp.MustCompile(`^/v[0-9]+(/|$)`)

func (f *faults) matches(fault Fault, method, wire, below string) bool {
	if fault.Method != "" && fault.Method != "*" && !strings.EqualFold(fault.Method, method) {
		return false
	}
	if !strings.HasSuffix(below, fault.PathSuffix) {
		return false
	}
	prefix := fault.PathPrefix
	if prefix != "" && prefix[0] != '/' {
		prefix = "/" + prefix
	}
	if strings.EqualFold(below, f.token) && !strings.Contains(strings.ToLower(prefix), "/oauth") {
		return false // so that a fault on everything leaves the way to a token open
	}
	noYear := leadingYear.ReplaceAllString(below, "/")
	return strings.HasPrefix(wire, prefix) || strings.HasPrefix(below, prefix) || strings.HasPrefix(noYear, prefix)
}
