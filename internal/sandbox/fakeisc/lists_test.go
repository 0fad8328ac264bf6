package fakeisc

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFilterFindsWhatTheContractSaysAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	ad := jane.SourceID
	for _, c := range []struct {
		filter string
		want   int // −1: 400
	}{
		{`id eq "` + jane.ID + `"`, 1},
		{`id in ("` + jane.ID + `", "nobody")`, 1},
		{`id sw "` + jane.ID[:12] + `"`, 1},
		{`name eq "jane.doe"`, 4},
		{`name eq "Jane.Doe"`, 4},
		{`name sw "jane.d"`, 6},
		{`name eq "jane.doe" and sourceId eq "` + ad + `"`, 1},
		{`nativeIdentity eq "FL-100234"`, 1},
		{`identityId eq "` + *jane.IdentityID + `"`, 5},
		{`identity.name eq "Jane Doe"`, 5},
		{`identity.name eq "John Smith" and sourceId eq "` + ad + `"`, 2},
		{`(name eq "svc-backup" or name eq "svc-scanner") and uncorrelated eq true`, 2},
		{`not (uncorrelated eq true) and name sw "svc-"`, 0},
		{`name eq "svc-backup" and hasEntitlements eq true`, 1},
		{`created ge "2024-03-04T08:00:00Z" and created lt 2024-03-04T10:00:00.000Z`, 2},
		{`modified gt "2100-01-01T00:00:00Z"`, 0},
		{`name eq "\"\\"`, 0},
		{`name eq "jane.doe" and source.displayableName in ("Workday", "Finance Ledger")`, 2},
		{`name eq "jane.doe" and source.connectionType eq "file"`, 1},
		{`name eq "jane.doe" and source.authoritative eq true`, 1},
		{`name eq "jane.doe" and origin eq "PROVISIONED"`, 0},
		{`name eq "jane.doe" and manuallyCorrelated eq false and identity.correlated eq true`, 4},
		{`name sw "svc-" and identity.identityState eq "ACTIVE"`, 0},
		{`name eq "jane.doe" and recommendation.method isnull`, 4},
		{`name isnull`, -1},
		{`name eq`, -1},
		{`recommendation.method`, -1},
		{`disabled eq true`, -1},
		{`locked eq true`, -1},
		{`name co "jane"`, -1},
		{`name EQ "jane.doe"`, -1},
		{`name eq jane.doe`, -1},
		{`name eq "jane.doe`, -1},
		{`name eq "a\b"`, -1},
		{`name eq "jane.doe" AND id eq "1"`, -1},
		{`id in ()`, -1},
		{`id in "a"`, -1},
		{`uncorrelated eq "true"`, -1},
		{`created eq "yesterday"`, -1},
		{`(name eq "a"`, -1},
		{`name eq "a" name`, -1},
		{`"name" eq "a"`, -1},
		{`name`, -1},
		{strings.Repeat("(", 100), -1},
		{`attributes.email eq "x"`, -1},
	} {
		a := r.call("GET", "/accounts/v1?limit=250&filters="+url.QueryEscape(c.filter), "")
		r.pass(1e9)
		if c.want < 0 {
			require.Equal(t, 400, a.status, c.filter)
			require.Equal(t, "400.1 Bad Request Content", problemOf(t, a).DetailCode)
			continue
		}
		require.Equal(t, 200, a.status, "%s: %s", c.filter, a.body)
		var found []Account
		a.into(t, &found)
		require.Len(t, found, c.want, c.filter)
	}
}

func TestAListIsPagedSortedAndCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	whole := r.call("GET", "/accounts/v1?sorters=id&count=true", "")
	var all []Account
	whole.into(t, &all)
	require.Equal(t, fmt.Sprint(len(all)), whole.header.Get("X-Total-Count"))
	require.Greater(t, len(all), 120)
	var pages []Account
	for offset := 0; ; offset += 50 {
		a := r.call("GET", fmt.Sprintf("/accounts/v1?sorters=id&limit=50&offset=%d", offset), "")
		require.Empty(t, a.header.Get("X-Total-Count"))
		var page []Account
		a.into(t, &page)
		if len(page) == 0 {
			break
		}
		pages = append(pages, page...)
	}
	require.Equal(t, all, pages)
	for i := range all[1:] {
		require.Less(t, all[i].ID, all[i+1].ID)
	}
	none := r.call("GET", "/accounts/v1?limit=0&count=true", "")
	require.Equal(t, "[]", none.body)
	require.Equal(t, fmt.Sprint(len(all)), none.header.Get("X-Total-Count"))
	for _, bad := range []string{"limit=251", "limit=-1", "limit=ten", "offset=-1", "count=perhaps", "sorters=disabled"} {
		require.Equal(t, 400, r.call("GET", "/accounts/v1?"+bad, "").status, bad)
	}
	var down []Account
	r.call("GET", "/accounts/v1?sorters=-id&limit=1", "").into(t, &down)
	require.Equal(t, all[len(all)-1].ID, down[0].ID)
}

func TestSourcesAndEntitlementsAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var sources []source
	r.call("GET", "/sources/v1", "").into(t, &sources)
	require.Len(t, sources, 6)
	r.call("GET", "/sources/v1?filters="+url.QueryEscape(`name eq "Finance Ledger"`), "").into(t, &sources)
	require.Len(t, sources, 1)
	require.Equal(t, "DelimitedFile", sources[0].Type)
	var one source
	r.call("GET", "/sources/v1/"+sources[0].ID, "").into(t, &one)
	require.Equal(t, sources[0], one)
	require.Equal(t, 404, r.call("GET", "/sources/v1/nothing", "").status)
	for filter, want := range map[string]int{
		`name co "ledg"`: 1, `name ne "Workday"`: 5, `type sw "Delimited"`: 1, `id gt "0"`: 6, `owner.id isnull`: 0, `authoritative eq true`: 1, `connectionType eq "direct"`: 5,
	} {
		r.call("GET", "/sources/v1?filters="+url.QueryEscape(filter), "").into(t, &sources)
		require.Len(t, sources, want, filter)
	}

	var rights []entitlement
	r.call("GET", "/accounts/v1/"+r.account("jane.doe", CorporateAD).ID+"/entitlements", "").into(t, &rights)
	require.Len(t, rights, 4)
	privileged := 0
	for _, e := range rights {
		if e.Privileged {
			privileged++
			require.Equal(t, "Finance Approvers", e.Name)
		}
	}
	require.Equal(t, 1, privileged)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/nothing/entitlements", "").status)
}

func TestTheSeedIsWhatTheTestsRelyOn(t *testing.T) {
	t.Parallel()
	names, sources := map[string][]string{}, map[string]int{}
	ids, natives := map[string]bool{}, map[string]bool{}
	for _, r := range seedRecords() {
		a := r.Account
		require.Regexp(t, `^[0-9a-f]{32}$`, a.ID)
		require.False(t, ids[a.ID] || natives[r.liveKey()], a.NativeIdentity)
		ids[a.ID], natives[r.liveKey()] = true, true
		names[deref(a.Name)] = append(names[deref(a.Name)], a.SourceName)
		sources[a.SourceName]++
		require.Equal(t, a.HasEntitlements, len(r.Entitlements) > 0)
		require.Equal(t, a.Uncorrelated, a.Identity == nil)
	}
	again := seedRecords()
	require.Equal(t, seedRecords(), again)
	require.Len(t, sources, 6)
	require.GreaterOrEqual(t, len(people), 40)
	require.Equal(t, []string{CorporateAD, Workday, FinanceLedger, PayrollVault}, names["jane.doe"])
	for _, login := range []string{"riley.park", "amara.okafor", "sven.lindqvist", "bao.tran", "gus.weber", "svc-backup", "john.smith", "john.smith2"} {
		require.Contains(t, names[login], CorporateAD, login)
	}
	long := 0
	for _, name := range hostileNames() {
		long = max(long, len(name))
	}
	require.Equal(t, 3000, long)
	for _, p := range people {
		require.True(t, p.manager == "" || identityOf(p.manager) != nil, p.manager)
	}
}

func FuzzFiltersDoNotPanic(f *testing.F) {
	f.Add(`name eq "x" and (id in ("a","b") or not created ge "2024-01-01T00:00:00Z")`)
	f.Add(`((((`)
	f.Fuzz(func(_ *testing.T, filter string) {
		if keep, err := parseFilter(filter, accountFields); err == nil {
			keep(Account{})
		}
	})
}
