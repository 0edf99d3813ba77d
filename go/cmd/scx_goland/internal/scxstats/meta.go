package scxstats

import (
	"reflect"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/counters"
)

// meta is the answer to stats_meta: each struct by its name.
var meta = describe(reflect.TypeFor[Top](), map[string]structMeta{})

type structMeta struct {
	Name   string               `json:"name"`
	Top    string               `json:"top,omitempty"`
	Desc   string               `json:"desc,omitempty"`
	User   map[string]string    `json:"user,omitempty"`
	Fields map[string]fieldMeta `json:"fields"`
}

// fieldMeta has one of datum, array and dict. A kind is "u64" and the like, or {"struct": NAME}.
type fieldMeta struct {
	Datum any               `json:"datum,omitempty"`
	Array any               `json:"array,omitempty"`
	Dict  *dictMeta         `json:"dict,omitempty"`
	Desc  string            `json:"desc,omitempty"`
	User  map[string]string `json:"user,omitempty"`
}

type dictMeta struct {
	Key   any `json:"key"`
	Datum any `json:"datum"`
}

// structs are what our structs are called, and what makes their fields metrics: a prefix, and the label for the key of the
// dictionary that they are in.
var structs = map[string]structMeta{
	"Top":    {Name: "Goland", Top: "true", Desc: "scx_goland", User: map[string]string{"_om_prefix": "goland_"}},
	"Class":  {Name: "Class", Desc: "waits of tasks of about the same nice value", User: map[string]string{"_om_prefix": "goland_class_", "_om_label": "class"}},
	"Domain": {Name: "Domain", Desc: "CPUs that are near each other", User: map[string]string{"_om_prefix": "goland_domain_", "_om_label": "domain"}},
	"Cgroup": {Name: "Cgroup", Desc: "cgroup with a limit", User: map[string]string{"_om_prefix": "goland_cgroup_", "_om_label": "cgroup"}},
	"Event":  {Name: "Event", Desc: "counter of sched_ext itself", User: map[string]string{"_om_prefix": "goland_event_", "_om_label": "event"}},
	"Waiter": {Name: "Waiter", Desc: "task that waited long"},
}

// describe adds a struct, and those in it.
func describe(t reflect.Type, all map[string]structMeta) map[string]structMeta {
	m := structs[t.Name()]
	m.Fields = map[string]fieldMeta{}
	kind := func(t reflect.Type) any {
		switch t.Kind() {
		case reflect.Struct:
			describe(t, all)
			return map[string]string{"struct": structs[t.Name()].Name}
		case reflect.String:
			return "string"
		case reflect.Float64:
			return "float"
		case reflect.Int, reflect.Int32:
			return "i64"
		}
		return "u64"
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		name := f.Tag.Get("json")
		field := fieldMeta{Desc: f.Tag.Get("desc")}
		if len(f.Index) > 1 { // of the library
			field.Desc = counters.Help(name)
		}
		if f.Tag.Get("skip") != "" {
			field.User = map[string]string{"_om_skip": "true"}
		}
		switch {
		case len(f.Index) > 1:
			field.Datum = "u64"
		case f.Type.Kind() == reflect.Map:
			field.Dict = &dictMeta{kind(f.Type.Key()), kind(f.Type.Elem())}
		case f.Type.Kind() == reflect.Slice:
			field.Array = kind(f.Type.Elem())
		default:
			field.Datum = kind(f.Type)
		}
		m.Fields[name] = field
	}
	all[m.Name] = m
	return all
}
