package scxstats

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/counters"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seentest"
)

// start serves the view of package seentest, and returns the socket's path.
func start(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "s") // t.TempDir's may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(l, seentest.View, slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() {
		s.Close()
		os.RemoveAll(folder)
	})
	return path
}

type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, path string) *client {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &client{c, bufio.NewReader(c)}
}

func (c *client) ask(t *testing.T, line string) (errno int, resp any) {
	t.Helper()
	if _, err := io.WriteString(c, line); err != nil {
		t.Fatal(err)
	}
	text, err := c.in.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	var r struct {
		Errno *int
		Args  map[string]any
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Errno == nil || len(r.Args) != 1 || r.Args["resp"] == nil {
		t.Fatalf("%q: %s, %v", line, text, err)
	}
	return *r.Errno, r.Args["resp"]
}

func TestRequests(t *testing.T) {
	c := dial(t, start(t))
	for _, line := range []string{
		`{"req":"stats"}`, `{"req":"stats","args":{}}`, `{"req":"stats","args":{"target":"top","more":"x"},"else":1}`, ` { "req" : "stats" } `,
	} {
		errno, resp := c.ask(t, line+"\n")
		if top, is := resp.(map[string]any); errno != 0 || !is || top["scheduler"] != "goland" || top["queued"] != 9.0 {
			t.Errorf("%s: %d, %v", line, errno, resp)
		}
	}
	for line, says := range map[string]string{
		"": "no request", "x": "no request", "[]": "no request", "{}": `no "req"`, `{"req":""}`: `no "req"`, `{"req":1}`: "no request",
		`{"req":"stat"}`: `unknown request "stat"`,
		`{"req":"stats","args":{"target":"low"}}`: `unknown target "low"`,
		`{"req":"stats","args":{"target":1}}`:     "no request",
		`{"req":"stats"}{"req":"stats"}`:          "no request",
	} {
		errno, resp := c.ask(t, line+"\n")
		if text, _ := resp.(string); errno != 22 || !strings.Contains(text, says) {
			t.Errorf("%s: %d, %v", line, errno, resp)
		}
	}
}

func TestTopAndMetaAgree(t *testing.T) {
	c := dial(t, start(t))
	_, resp := c.ask(t, `{"req":"stats_meta","args":{}}`+"\n")
	all := resp.(map[string]any)
	_, resp = c.ask(t, `{"req":"stats"}`+"\n")
	top := resp.(map[string]any)

	var first string
	for name, s := range all {
		s := s.(map[string]any)
		if s["name"] != name || s["desc"] == nil {
			t.Errorf("%s: %v", name, s)
		}
		if s["top"] == "true" {
			first += name
		}
	}
	names := map[string]string{}
	compare(t, all, first, top, names)
	if len(names) < len(counters.All)+20 {
		t.Errorf("only %d metrics", len(names))
	}
	for _, c := range counters.All {
		if top[c.Name] == nil {
			t.Errorf("%s is missing", c.Name)
		}
	}
}

// compare checks values against their description, as tools use that: a dictionary holds structs with a label, and the names
// of metrics are prefix and field.
func compare(t *testing.T, all map[string]any, name string, values map[string]any, names map[string]string) {
	t.Helper()
	s, is := all[name].(map[string]any)
	if !is {
		t.Fatalf("%q is not described", name)
	}
	user, _ := s["user"].(map[string]any)
	fields := s["fields"].(map[string]any)
	for field := range values {
		if fields[field] == nil {
			t.Errorf("%s.%s is not described", name, field)
		}
	}
	check := func(what string, kind, value any, names map[string]string) {
		ok := false
		switch kind := kind.(type) {
		case string:
			switch value.(type) {
			case float64:
				ok = slices.Contains([]string{"u64", "i64", "float"}, kind)
			case string:
				ok = kind == "string"
			}
		case map[string]any:
			inner, is := value.(map[string]any)
			if ok = is; ok {
				compare(t, all, kind["struct"].(string), inner, names)
			}
		}
		if !ok {
			t.Errorf("%s is %v, described as %v", what, value, kind)
		}
	}
	for field, f := range fields {
		f := f.(map[string]any)
		what, value := name+"."+field, values[field]
		if f["desc"] == nil || value == nil {
			t.Errorf("%s: described as %v, is %v", what, f, value)
		}
		marks, _ := f["user"].(map[string]any)
		skipped := marks["_om_skip"] == "true"
		switch {
		case f["datum"] != nil:
			check(what, f["datum"], value, names)
			if metric := fmt.Sprint(user["_om_prefix"], field); f["datum"] != "string" && !skipped && names != nil {
				if user["_om_prefix"] == nil || names[metric] != "" && names[metric] != what {
					t.Errorf("%s has no prefix, or its metric %s is that of %s", what, metric, names[metric])
				}
				names[metric] = what
			}
		case f["array"] != nil:
			if len(value.([]any)) == 0 || !skipped {
				t.Errorf("%s: %v; tools know no arrays", what, value)
			}
			for _, v := range value.([]any) {
				check(what, f["array"], v, nil)
			}
		case f["dict"] != nil:
			of := f["dict"].(map[string]any)
			inner := all[of["datum"].(map[string]any)["struct"].(string)].(map[string]any)["user"].(map[string]any)
			if of["key"] != "string" || inner["_om_label"] == nil || len(value.(map[string]any)) == 0 {
				t.Errorf("%s: %v, %v, %v", what, of, inner, value)
			}
			for _, v := range value.(map[string]any) {
				check(what, of["datum"], v, names)
			}
		default:
			t.Errorf("%s: %v", what, f)
		}
	}
}

func TestClient(t *testing.T) {
	c, err := Dial(start(t), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := c.Top()
	v := seentest.View()
	if want := newTop(&v); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v\n%+v", err, got, want)
	}
	if d := got.Domains["0"]; d.CPUs != "0-2,5" || got.Stats != v.Stats || got.Classes["normal"].DecidedP99NS == 0 {
		t.Errorf("%+v", got)
	}
}

func TestForeignServer(t *testing.T) {
	for answer, want := range map[string]string{
		`{"errno":0,"args":{"resp":{"nr_layers":3}}}`: ErrForeign.Error(),
		`{"errno":22,"args":{"resp":"no"}}`:           "refuses, errno 22",
		`hello`:                                       "none of scx_stats' protocol",
		`{"errno":0,"args":{"resp":{"scheduler":"x","policy":"y","queued":"many"}}}`: "another version",
	} {
		ours, theirs := net.Pipe()
		go func() {
			bufio.NewReader(theirs).ReadBytes('\n')
			io.WriteString(theirs, answer+"\n")
		}()
		c := &Client{ours, bufio.NewReader(ours), time.Minute}
		if _, err := c.Top(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", answer, err)
		}
		theirs.Close()
	}
}

// A line that is too long ends the connection, others go on.
func TestLongLine(t *testing.T) {
	path := start(t)
	long, other := dial(t, path), dial(t, path)
	errno, _ := long.ask(t, strings.Repeat("x", lineMax))
	if errno != 90 {
		t.Errorf("errno %d", errno)
	}
	// What was not read may make it a reset.
	if _, err := long.in.ReadByte(); err == nil {
		t.Error("the connection goes on")
	}
	pad := lineMax - 1 - len(`{"req":"stats"}`)
	if errno, _ := other.ask(t, `{"req":"stats"}`+strings.Repeat(" ", pad)+"\n"); errno != 0 {
		t.Errorf("a line of %d bytes: errno %d", lineMax, errno)
	}
}

// A new client takes the place of the one that is idle for longest.
func TestTooManyClients(t *testing.T) {
	path := start(t)
	var clients []*client
	for range clientsMax {
		c := dial(t, path)
		c.ask(t, `{"req":"stats"}`+"\n")
		clients = append(clients, c)
	}
	clients[0].ask(t, `{"req":"stats"}`+"\n")
	dial(t, path).ask(t, `{"req":"stats"}`+"\n")
	if _, err := clients[1].in.ReadByte(); err != io.EOF {
		t.Errorf("the idle one: %v", err)
	}
	if errno, _ := clients[0].ask(t, `{"req":"stats"}`+"\n"); errno != 0 {
		t.Errorf("errno %d", errno)
	}
}

func TestCloseEndsAll(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	l := &one{conn: ours, closed: make(chan struct{})}
	s := Serve(l, func() seen.View { return seen.View{} }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	c := &client{theirs, bufio.NewReader(theirs)}
	c.ask(t, `{"req":"stats"}`+"\n")
	s.Close()
	if _, err := c.in.ReadByte(); err != io.EOF {
		t.Error(err)
	}
}

// one is a listener with one client.
type one struct {
	conn   net.Conn
	closed chan struct{}
}

func (o *one) Accept() (net.Conn, error) {
	if c := o.conn; c != nil {
		o.conn = nil
		return c, nil
	}
	<-o.closed
	return nil, net.ErrClosed
}
func (o *one) Close() error   { close(o.closed); return nil }
func (o *one) Addr() net.Addr { return nil }

// Whatever a client writes, each line has an answer, which is one line of JSON; and what is accepted is a request.
func FuzzRequests(f *testing.F) {
	for _, text := range []string{`{"req":"stats"}`, `{"req":"stats_meta","args":{"target":"top"}}`, "\n\n", `{"req":"stats","args":{"a":"b"}`, "\x00", `{"REQ":"x"}`} {
		f.Add([]byte(text))
	}
	s := &Server{view: seentest.View}
	f.Fuzz(func(t *testing.T, text []byte) {
		in := bufio.NewReaderSize(strings.NewReader(string(text)), lineMax)
		for {
			line, err := readLine(in)
			if err != nil {
				return
			}
			if len(line) > lineMax {
				t.Fatalf("a line of %d bytes", len(line))
			}
			r := s.respond(line)
			answer, err := json.Marshal(r)
			if err != nil || strings.Contains(string(answer), "\n") {
				t.Fatalf("%q: %v", answer, err)
			}
			request, err := parse(line)
			if known := request.Req == "stats" || request.Req == "stats_meta"; r.Errno == 0 && (err != nil || !known || !json.Valid(line)) {
				t.Fatalf("%q is accepted", line)
			}
		}
	})
}
