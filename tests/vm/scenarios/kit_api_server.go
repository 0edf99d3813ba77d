//go:build !demo

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// apiServer answers as a Kubernetes API server does, as far as the agent's companion asks: it lists and follows objects, and
// takes what is applied to a status.
type apiServer struct {
	t       *T
	address string
	config  string // for clients

	mu       sync.Mutex
	http     *http.Server
	revision int
	objects  map[string]map[string]object // by kind and name
	watches  map[chan event]string        // which kind each follows
	applied  map[string][]object          // what was applied to a policy's status
}

type object = map[string]any

type event struct {
	Type   string `json:"type"`
	Object object `json:"object"`
}

// policyPath is where SchedulingPolicies are.
const policyPath = "/apis/scxbridge.dev/v1alpha1/schedulingpolicies"

var kindOf = map[string]string{"/api/v1/pods": "Pod", "/api/v1/nodes": "Node", policyPath: "SchedulingPolicy"}

// apiServer starts one on this machine.
func (t *T) apiServer() *apiServer {
	folder, err := os.MkdirTemp("", "api")
	t.Check(err, "make a folder")
	t.Cleanup(func() { os.RemoveAll(folder) })
	s := &apiServer{
		t: t, address: "127.0.0.1:0", config: filepath.Join(folder, "kubeconfig"),
		objects: map[string]map[string]object{}, watches: map[chan event]string{}, applied: map[string][]object{},
	}
	s.begin()
	t.Cleanup(s.end)
	t.Check(os.WriteFile(s.config, []byte(fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://%s"}}]
users: [{name: u, user: {}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, s.address)), 0o600), "write the client's configuration")
	return s
}

// begin serves, at the same address each time.
func (s *apiServer) begin() {
	listener, err := net.Listen("tcp", s.address)
	s.t.Check(err, "listen on %s", s.address)
	s.address = listener.Addr().String()
	s.http = &http.Server{Handler: s}
	go s.http.Serve(listener)
}

// end closes all connections, and refuses new ones.
func (s *apiServer) end() { s.http.Close() }

// put makes or changes an object.
func (s *apiServer) put(kind, name string, o object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects[kind] == nil {
		s.objects[kind] = map[string]object{}
	}
	kept := s.objects[kind][name]
	o["kind"] = kind
	o["apiVersion"] = "v1"
	meta, _ := o["metadata"].(object)
	if meta == nil {
		meta = object{}
	}
	meta["name"] = name
	if kind == "SchedulingPolicy" {
		o["apiVersion"] = "scxbridge.dev/v1alpha1"
		meta["generation"] = s.revision + 1
		if kept != nil {
			o["status"] = kept["status"]
		}
	}
	o["metadata"] = meta
	s.store(kind, name, o)
}

// store keeps an object, and tells it to those who follow its kind. mu is held.
func (s *apiServer) store(kind, name string, o object) {
	s.revision++
	o["metadata"].(object)["resourceVersion"] = fmt.Sprint(s.revision)
	verb := "ADDED"
	if s.objects[kind][name] != nil {
		verb = "MODIFIED"
	}
	s.objects[kind][name] = o
	for follower, of := range s.watches {
		if of == kind {
			follower <- event{verb, copied(o)}
		}
	}
}

// copied keeps what is sent from what changes.
func copied(o object) (out object) {
	text, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

// ServeHTTP implements [http.Handler].
func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	name, isStatus := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, policyPath+"/"), "/status")
	switch kind := kindOf[r.URL.Path]; {
	case r.Method == http.MethodPatch && isStatus:
		s.apply(w, r, name)
	case r.Method != http.MethodGet || kind == "":
		http.Error(w, "{}", http.StatusNotFound)
	case r.URL.Query().Get("watch") == "true" || r.URL.Query().Get("watch") == "1":
		s.follow(w, r, kind)
	default:
		s.list(w, kind)
	}
}

func (s *apiServer) list(w http.ResponseWriter, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []object{}
	for _, o := range s.objects[kind] {
		items = append(items, o)
	}
	_ = json.NewEncoder(w).Encode(object{
		"kind": kind + "List", "apiVersion": "v1", "metadata": object{"resourceVersion": fmt.Sprint(s.revision)}, "items": items,
	})
}

// follow tells all changes from now on: nothing changes here between a client's list and its watch.
func (s *apiServer) follow(w http.ResponseWriter, r *http.Request, kind string) {
	events := make(chan event, 100)
	s.mu.Lock()
	s.watches[events] = kind
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.watches, events)
		s.mu.Unlock()
	}()
	flusher := w.(http.Flusher)
	flusher.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case e := <-events:
			_ = json.NewEncoder(w).Encode(e)
			flusher.Flush()
		}
	}
}

// apply takes an entry of a status. There is one node, so it is all of the status.
func (s *apiServer) apply(w http.ResponseWriter, r *http.Request, name string) {
	var o object
	s.mu.Lock()
	defer s.mu.Unlock()
	policy := s.objects["SchedulingPolicy"][name]
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || policy == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/apply-patch") {
		http.Error(w, "{}", http.StatusBadRequest)
		return
	}
	s.applied[name] = append(s.applied[name], o)
	policy = copied(policy)
	policy["status"] = o["status"]
	s.store("SchedulingPolicy", name, policy)
	_ = json.NewEncoder(w).Encode(policy)
}

// following reports whether a client follows a kind.
func (s *apiServer) following(kind string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range s.watches {
		if of == kind {
			return true
		}
	}
	return false
}

// nodeStatus is the entry of the one node in a policy's status.
type nodeStatus struct {
	Name     string
	Accepted bool
	Message  string
	Rules    []struct {
		Name                           string
		MatchedTasks, MatchedProcesses int
	}
}

func (s *apiServer) status(policy string) (n nodeStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := json.Marshal(s.objects["SchedulingPolicy"][policy]["status"])
	s.t.Check(err, "read the status")
	var status struct{ Nodes []nodeStatus }
	s.t.Check(json.Unmarshal(text, &status), "read the status %s", text)
	if len(status.Nodes) == 1 {
		n = status.Nodes[0]
	}
	return n
}
