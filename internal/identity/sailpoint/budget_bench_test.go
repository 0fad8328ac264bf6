package sailpoint_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity/sailpoint"
)

const (
	bulk        = 1000
	readers     = 50
	theoretical = 100 * time.Second // 1,000 calls at SailPoint's documented 100 in 10 s
)

// refusals counts the answers of a tenant that say that its budget was passed.
type refusals struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (r refusals) WriteHeader(status int) {
	if status == http.StatusTooManyRequests {
		r.n.Add(1)
	}
	r.ResponseWriter.WriteHeader(status)
}

// BenchmarkABulkOfAThousandReads takes nearly two minutes: what it measures is the wait that SailPoint's budget imposes, on the clock
// of the fake tenant, which counts calls in a sliding window.
func BenchmarkABulkOfAThousandReads(b *testing.B) {
	var limited, reads atomic.Int64
	url := fakeBehind(b, func(tenant http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				reads.Add(1)
			}
			tenant.ServeHTTP(refusals{w, &limited}, r)
		})
	})
	c := client(b, url, "v1", "sandbox-client", sailpoint.Tuning{})
	var took time.Duration
	for b.Loop() {
		start := time.Now()
		var left atomic.Int64
		left.Store(bulk)
		var all sync.WaitGroup
		for range readers {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					if _, err := c.Tasks(b.Context(), []string{"00000000000000000000000000000001"}); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		took += time.Since(start)
	}
	share := took.Seconds() / theoretical.Seconds() / float64(b.N)
	b.ReportMetric(share, "of-the-theoretical-time")
	b.ReportMetric(float64(limited.Load()), "429s")
	require.EqualValues(b, bulk*b.N, reads.Load(), "each is one call")
	require.Zero(b, limited.Load(), "the tenant had to refuse a call")
	require.LessOrEqual(b, share, 1.1)
}
