package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"github.com/scxbridge/scxbridge/go/trace"
)

// socket is a path that is short enough for one.
func socket(t *testing.T) string {
	folder, err := os.MkdirTemp("", "control")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return agentsocket.SocketOf(folder, "test")
}

func serving(t *testing.T, path string, h Handler) *Server {
	t.Helper()
	s, err := Listen(path, h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var aTrace = Request{Command: "trace", Seconds: 1, Buffer: 64}

func TestTheRequestWithItsFileArrives(t *testing.T) {
	path := socket(t)
	s := serving(t, path, func(_ context.Context, r Request, file *os.File) Response {
		if !reflect.DeepEqual(r, aTrace) || r.For() != time.Second {
			return Response{Error: fmt.Sprintf("%+v", r)}
		}
		if _, err := file.WriteString("written"); err != nil {
			return Response{Error: err.Error()}
		}
		return Response{Trace: &trace.Summary{Traced: 7}}
	})
	defer s.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := Do(context.Background(), path, aTrace, file)
	if err != nil || got.Error != "" || got.Trace == nil || got.Trace.Traced != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if text, _ := os.ReadFile(file.Name()); string(text) != "written" {
		t.Errorf("the file has %q", text)
	}
}

// A client that ends takes its request back; so does one that is interrupted, and still gets the answer.
func TestRequestsAreTakenBack(t *testing.T) {
	path := socket(t)
	begun, ended := make(chan struct{}), make(chan struct{}, 1)
	s := serving(t, path, func(ctx context.Context, _ Request, _ *os.File) Response {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return Response{Trace: &trace.Summary{Traced: 3}}
	})
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-begun
		cancel()
	}()
	if got, err := Do(ctx, path, aTrace, nil); err != nil || got.Trace == nil || got.Trace.Traced != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	<-ended
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(c, `{"command":"trace","seconds":5}`)
	<-begun
	c.Close()
	<-ended

	// The agent's end ends them, too.
	done := make(chan Response)
	go func() {
		got, _ := Do(context.Background(), path, aTrace, nil)
		done <- got
	}()
	<-begun
	s.Close()
	if got := <-done; got.Trace == nil {
		t.Errorf("%+v", got)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is left behind")
	}
}

func TestRequestsAreRefused(t *testing.T) {
	path := socket(t)
	s := serving(t, path, func(context.Context, Request, *os.File) Response { return Response{Error: "it was done"} })
	defer s.Close()
	for line, want := range map[string]string{
		"{}\n":                                                                             "no command",
		`{"command":"trace"}` + "\n":                                                       "seconds is more than 0",
		`{"command":"trace","seconds":1e6}`:                                                "no end of line",
		strings.Repeat("x", 2*maxLine):                                                     "longer than",
		`{"command":"trace","seconds":1} {}` + "\n":                                        "something follows",
		`{"command":"trace","seconds":1,"buffer":17}` + "\n":                               "power of two",
		`{"command":"trace","seconds":1,"unknown":17}` + "\n":                              "unknown field",
		`{"command":"trace","seconds":1,"kubernetes":{}}` + "\n":                           "kubernetes goes with the command of that name only",
		`{"command":"kubernetes"}` + "\n":                                                  "kubernetes is missing",
		`{"command":"kubernetes","kubernetes":{},"seconds":1}` + "\n":                      "go with the command trace only",
		`{"command":"kubernetes","kubernetes":{"state":{"version":"1","pdos":[]}}}` + "\n": "unknown field",
		`{"command":"alive","seconds":1}` + "\n":                                           "nothing goes with",
	} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(line))
		_ = c.(*net.UnixConn).CloseWrite()
		answer := make([]byte, maxLine)
		n, _ := c.Read(answer)
		if !strings.Contains(string(answer[:n]), want) {
			t.Errorf("%.40q: %q", line, answer[:n])
		}
		c.Close()
	}
}

// A client that sends no whole request, or breaks off, costs nothing but its connection.
func TestSilentClients(t *testing.T) {
	path := socket(t)
	s, err := listenFor(10*time.Millisecond, path, func(context.Context, Request, *os.File) Response { return Response{Error: "it was done"} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, line := range []string{"", `{"command":`} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if err != nil || !strings.Contains(string(answer), "read the request") || !strings.Contains(string(answer), "timeout") {
			t.Errorf("%q: %s, %v", line, answer, err)
		}
	}
}

// A state of a big node, 1,000 pods and all policies, goes through whole, and so does its answer.
func TestABigNode(t *testing.T) {
	path := socket(t)
	s := serving(t, path, func(_ context.Context, r Request, _ *os.File) Response {
		got := r.Kubernetes.State
		return Response{Kubernetes: &agentsocket.KubernetesAnswer{Version: got.Version, Pods: len(got.Pods), State: got}}
	})
	defer s.Close()
	state := &agentsocket.KubernetesState{Version: "big"}
	for i := range 1000 {
		p := agentsocket.Pod{UID: fmt.Sprint(i), Namespace: "shop", Name: fmt.Sprint("web-", i), Labels: map[string]string{}}
		for j := range 20 {
			p.Labels[fmt.Sprint("example.com/label-", j)] = strings.Repeat("v", 60)
		}
		p.Containers = []agentsocket.Container{{ID: strings.Repeat("0", 64), Name: "server"}}
		state.Pods = append(state.Pods, p)
	}
	rule := json.RawMessage(`{"name":"front","match":{"labels":{"app":"` + strings.Repeat("x", 1000) + `"}},"effects":{"weight":400}}`)
	for i := range agentsocket.MaxPolicies {
		state.Policies = append(state.Policies, agentsocket.Policy{Name: fmt.Sprint(i), Rules: []json.RawMessage{rule, rule, rule, rule}})
	}
	got, err := agentsocket.AskKubernetes(context.Background(), path, agentsocket.KubernetesRequest{State: state})
	if err != nil || got.Version != "big" || got.Pods != 1000 || !reflect.DeepEqual(got.State, state) {
		t.Errorf("%v", err)
	}
	state.Policies[0].Rules[0] = json.RawMessage(`"` + strings.Repeat("x", agentsocket.MaxLine) + `"`)
	if _, err := agentsocket.AskKubernetes(context.Background(), path, agentsocket.KubernetesRequest{State: state}); err == nil || !strings.Contains(err.Error(), "the agent takes fewer than") {
		t.Error(err)
	}
}

// A request that is taken back still gets its answer; one that says nothing of what was asked is an error.
func TestAnAnswerAboutNothing(t *testing.T) {
	path := socket(t)
	begun := make(chan struct{})
	s := serving(t, path, func(ctx context.Context, _ Request, _ *os.File) Response {
		close(begun)
		<-ctx.Done()
		return Response{}
	})
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-begun
		cancel()
	}()
	_, err := agentsocket.AskKubernetes(ctx, path, agentsocket.KubernetesRequest{})
	if err == nil || !strings.Contains(err.Error(), "says nothing about Kubernetes") {
		t.Error(err)
	}
}

func TestTakeover(t *testing.T) {
	path := socket(t)
	answers := func(text string) Handler {
		return func(context.Context, Request, *os.File) Response { return Response{Error: text} }
	}
	first := serving(t, path, answers("first"))
	second := serving(t, path, answers("second"))
	first.Close() // leaves the socket, which is the second's
	if got, err := Do(context.Background(), path, aTrace, nil); err != nil || got.Error != "second" {
		t.Errorf("%+v, %v", got, err)
	}
	second.Close()
	_, err := Do(context.Background(), path, aTrace, nil)
	if err == nil || !strings.Contains(err.Error(), "no agent of this name runs") {
		t.Errorf("nobody there: %v", err)
	}
	// One that was killed leaves its socket.
	killed := serving(t, path, answers("killed"))
	_ = killed.listener.Close()
	if _, err := Do(context.Background(), path, aTrace, nil); err == nil || !strings.Contains(err.Error(), "no agent") {
		t.Errorf("killed: %v", err)
	}
	third := serving(t, path, answers("third"))
	defer third.Close()
	if got, _ := Do(context.Background(), path, aTrace, nil); got.Error != "third" {
		t.Errorf("%+v", got)
	}
}

func TestFilesBeyondOneAreClosed(t *testing.T) {
	path := socket(t)
	s := serving(t, path, func(context.Context, Request, *os.File) Response { return Response{} })
	defer s.Close()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := c.WriteMsgUnix([]byte(`{"command":"trace","seconds":1}`+"\n"), syscall.UnixRights(int(w.Fd()), int(w.Fd()), int(w.Fd())), nil); err != nil {
		t.Fatal(err)
	}
	w.Close()
	// The end of the pipe comes when all copies of its other end are closed.
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
}

func FuzzRequest(f *testing.F) {
	for _, line := range []string{
		`{"command":"trace","seconds":1}`, `{"command":"trace","seconds":0.5,"buffer":1024}`, `{}`, `{"seconds":1e999}`, `null`, `[]`,
		`{"command":"kubernetes","kubernetes":{"state":{"version":"1","pods":[{"uid":"u"}],"policies":[{"name":"p","rules":[{}]}]},"counts":true}}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := parseRequest(line)
		if err == nil && r.Command == agentsocket.Kubernetes {
			if r.Kubernetes == nil || r.Kubernetes.State != nil && r.Kubernetes.State.Version == "" {
				t.Errorf("%q: %+v", line, r)
			}
			return
		}
		if err == nil && (r.Command != "trace" || r.For() < 0 || r.For() > maxSeconds*time.Second || r.Buffer > trace.MaxRecords) {
			t.Errorf("%q: %+v", line, r)
		}
	})
}
