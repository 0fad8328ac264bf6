package upstream

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// strikes says which of so many calls a fault struck: x for struck.
func (r *rig) strikes(calls int) string {
	var b strings.Builder
	for range calls {
		b.WriteString(map[int]string{503: "x", 202: "."}[r.call("GET", "/isc/accounts/v1", "").status])
	}
	return b.String()
}

func TestAFaultWithAProbabilityStrikesTheSameCallsUnderTheSameSeed(t *testing.T) {
	t.Parallel()
	run := func(seed int, more string) string {
		r := newRig(t)
		r.control("POST", "/faults", fmt.Sprintf(`{"path_prefix":"/accounts","kind":"503","probability":0.3,"seed":%d%s}`, seed, more), 200)
		first := r.strikes(50)
		r.reopen()
		return first + r.strikes(50)
	}
	one := run(7, "")
	require.Equal(t, one, run(7, ""), "also when the sandbox was started anew in between")
	require.NotEqual(t, one, run(8, ""))
	struck := strings.Count(one, "x")
	require.Greater(t, struck, 15, one)
	require.Less(t, struck, 45, one)
	limited := run(7, `,"times":3`)
	require.Equal(t, 3, strings.Count(limited, "x"))
	end := strings.LastIndex(limited, "x")
	require.Equal(t, one[:end+1], limited[:end+1], "so often, and of the same calls")
}

func TestAProbabilityIsOneOfTheCallsThatMatch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/faults", `{"method":"GET","path_prefix":"/accounts","kind":"503","probability":0.3,"seed":7}`, 200)
	alone := newRig(t)
	alone.control("POST", "/faults", `{"method":"GET","path_prefix":"/accounts","kind":"503","probability":0.3,"seed":7}`, 200)
	mixed := ""
	for range 30 {
		require.Equal(t, 202, r.call("POST", "/isc/accounts/v1", "").status)
		mixed += r.strikes(1)
	}
	require.Equal(t, alone.strikes(30), mixed, "calls that do not match draw nothing")
	list, _ := r.control("GET", "/faults", "", 200)["faults"].([]any)
	first, _ := list[0].(map[string]any)
	require.InDelta(t, 30, first["seen"], 0)
	require.InDelta(t, strings.Count(mixed, "x"), first["fired"], 0)
}

func TestAProbabilityWithoutASeedSaysWhichItTook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	fault, _ := r.control("POST", "/faults", `{"path_prefix":"/accounts","kind":"503","probability":0.5}`, 200)["fault"].(map[string]any)
	seed, _ := fault["seed"].(float64)
	require.NotZero(t, seed)
	again := newRig(t)
	again.control("POST", "/faults", fmt.Sprintf(`{"path_prefix":"/accounts","kind":"503","probability":0.5,"seed":%.0f}`, seed), 200)
	require.Equal(t, r.strikes(40), again.strikes(40))
	plain, _ := r.control("POST", "/faults", `{"path_prefix":"/sources","kind":"503"}`, 200)["fault"].(map[string]any)
	require.NotContains(t, plain, "seed", "what always strikes draws nothing")
	r.control("POST", "/faults", `{"kind":"503","probability":0.5,"seed":-1}`, 400)
}

func TestACallThatOneFaultSparesMayBeStruckByTheNext(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/faults", `{"kind":"503","probability":0.4,"seed":3}`, 200)
	r.control("POST", "/faults", `{"kind":"404"}`, 200)
	seen := map[int]int{}
	for range 30 {
		seen[r.call("GET", "/isc/accounts/v1", "").status]++
	}
	require.Len(t, seen, 2)
	require.NotZero(t, seen[503])
	require.NotZero(t, seen[404])
}
