package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/require"
)

// The floors of the throughput of tools/call on get_request, as shares of what a bare server reaches in the same run.
const (
	floorOfLibrary = 0.5
	floorOfEcho    = 0.25
)

// BenchmarkGetRequest compares tools/call on get_request, through our whole HTTP chain and from the store on disk, with a bare mcp-go
// server that answers the same bytes, and with a bare net/http echo. It also tells what the same chain reaches when every call goes
// through the library. They take turns, so that whatever else the machine does falls on all of them, and the medians of their rounds count.
func BenchmarkGetRequest(b *testing.B) {
	const rounds, round, clients = 30, 200 * time.Millisecond, 8
	w := newWorld(b)
	direct, throughLibrary := w.bothWays()
	ours, library := listening(b, direct), listening(b, throughLibrary)
	asked := callModern(b, ours, "remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0})
	body := benchBody(asked.body.result(b).StructuredContent.RequestID)
	answer := post(b, ours, body, "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", "get_request")
	require.Contains(b, answer.text, "awaiting_approval")
	servers := []string{ours, library, bareLibrary(b, answer.text), bareEcho(b)}
	reached := make([][]float64, len(servers)) // calls a second in each round
	for b.Loop() {
		for range rounds {
			for i, url := range servers {
				reached[i] = append(reached[i], throughput(b, url, body, clients, round))
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(reached[0]), "calls/s")
	b.Logf("calls a second: ours %.0f, ours through mcp-go %.0f, bare mcp-go %.0f, bare net/http echo %.0f",
		median(reached[0]), median(reached[1]), median(reached[2]), median(reached[3]))
	b.Logf("through mcp-go it would be %.2f of bare mcp-go and %.2f of bare net/http", share(reached[1], reached[2]), share(reached[1], reached[3]))
	atLeast(b, "mcp-go", share(reached[0], reached[2]), floorOfLibrary)
	atLeast(b, "net/http", share(reached[0], reached[3]), floorOfEcho)
}

// share is what one server reaches of another: the median over the rounds, each against its neighbour in time.
func share(of, whole []float64) float64 {
	shares := make([]float64, len(of))
	for i := range of {
		shares[i] = of[i] / whole[i]
	}
	return median(shares)
}

// atLeast says whether a floor is met, and fails the run when it is not.
func atLeast(b *testing.B, of string, share, floor float64) {
	b.Helper()
	b.ReportMetric(share, "of-"+of)
	said := fmt.Sprintf("%.2f of bare %s: the floor of %.2f is ", share, of, floor)
	if share < floor {
		b.Error(said + "NOT met.")
		return
	}
	b.Log(said + "met.")
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}

func benchBody(id string) string {
	return modernBody("tools/call", map[string]any{"name": "get_request", "arguments": map[string]any{"request_id": id, "wait_seconds": 0}})
}

// throughput is how many calls a second a number of clients get answered.
func throughput(b *testing.B, url, body string, clients int, d time.Duration) float64 {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	var calls atomic.Int64
	var failed atomic.Pointer[string]
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil {
				if wrong := benchCall(ctx, c, url, body); wrong != "" && ctx.Err() == nil {
					failed.Store(&wrong)
					return
				}
				calls.Add(1)
			}
		})
	}
	all.Wait()
	require.Nil(b, failed.Load())
	return float64(calls.Load()) / d.Seconds()
}

func benchCall(ctx context.Context, c *http.Client, url, body string) (wrong string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + rileysToken, "Content-Type": "application/json", "Mcp-Protocol-Version": modern, "Mcp-Method": "tools/call", "Mcp-Name": "get_request",
	} {
		req.Header.Set(name, value)
	}
	resp, err := c.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err.Error()
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Sprint("status ", resp.StatusCode)
	}
	return ""
}

// bareLibrary is an mcp-go server with one tool that always answers the same.
func bareLibrary(b *testing.B, answer string) string {
	b.Helper()
	var same struct{ Result mcp.CallToolResult }
	require.NoError(b, json.Unmarshal([]byte(answer), &same))
	s := server.NewMCPServer("bare", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("get_request"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result := same.Result
		return &result, nil
	})
	return listening(b, server.NewStreamableHTTPServer(s))
}

func bareEcho(b *testing.B) string {
	b.Helper()
	return listening(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		_, _ = w.Write(text)
	}))
}

func listening(b *testing.B, h http.Handler) string {
	b.Helper()
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return s.URL
}
