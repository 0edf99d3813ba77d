package cgroup_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/scxbridge/scxbridge/go/cgroup"
)

const (
	cid   = "4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970"
	other = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d"
	uid   = "5d49e8e6-31a0-4b6c-9f5e-0c2f7a7d9b11"
	uid_  = "5d49e8e6_31a0_4b6c_9f5e_0c2f7a7d9b11"
	// A static pod's uid is a hash of its configuration.
	static = "0a7b5f0f6a1d4c3b9e8d7c6b5a493827"
)

func TestOwner(t *testing.T) {
	guaranteedSlice := "/kubepods.slice/kubepods-pod" + uid_ + ".slice"
	burstableSlice := "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_ + ".slice"
	pod := func(qos cgroup.QoS, id string, runtime cgroup.Runtime) cgroup.Owner {
		return cgroup.Owner{PodUID: uid, QoS: qos, ContainerID: id, Runtime: runtime}
	}
	// in adds the slice and the unit.
	in := func(o cgroup.Owner, slice, unit string) cgroup.Owner {
		o.Slice, o.Unit = slice, unit
		return o
	}
	guaranteed, burstable := "kubepods-pod"+uid_+".slice", "kubepods-burstable-pod"+uid_+".slice"
	for path, want := range map[string]cgroup.Owner{
		"/":             {},
		"":              {},
		"/kubepods":     {},
		"/plain/groups": {},

		// Kubernetes, cgroupfs driver.
		"/kubepods/burstable":                                  {QoS: cgroup.Burstable},
		"/kubepods/besteffort":                                 {QoS: cgroup.BestEffort},
		"/kubepods/pod" + uid:                                  pod(cgroup.Guaranteed, "", ""),
		"/kubepods/pod" + uid + "/" + cid:                      pod(cgroup.Guaranteed, cid, ""),
		"/kubepods/burstable/pod" + uid + "/" + cid:            pod(cgroup.Burstable, cid, ""),
		"/kubepods/besteffort/pod" + uid + "/" + cid:           pod(cgroup.BestEffort, cid, ""),
		"/kubepods/besteffort/pod" + uid + "/" + cid + "/init": pod(cgroup.BestEffort, cid, ""),
		"/kubepods/burstable/pod" + uid + "/crio-" + cid:       pod(cgroup.Burstable, cid, cgroup.CRIO),
		"/kubepods/burstable/pod" + uid + "/crio-conmon-" + cid: pod(
			cgroup.Burstable, "", ""),
		"/kubelet/kubepods/burstable/pod" + uid + "/" + cid: pod(cgroup.Burstable, cid, ""),
		"/kubepods/burstable/pod" + static + "/" + cid: {
			PodUID: static, QoS: cgroup.Burstable, ContainerID: cid},

		// Kubernetes, systemd driver.
		"/kubepods.slice": in(cgroup.Owner{}, "kubepods.slice", ""),
		"/kubepods.slice/kubepods-burstable.slice": in(
			cgroup.Owner{QoS: cgroup.Burstable}, "kubepods-burstable.slice", ""),
		guaranteedSlice: in(pod(cgroup.Guaranteed, "", ""), guaranteed, ""),
		guaranteedSlice + "/cri-containerd-" + cid + ".scope": in(
			pod(cgroup.Guaranteed, cid, cgroup.Containerd), guaranteed, "cri-containerd-"+cid+".scope"),
		burstableSlice + "/cri-containerd-" + cid + ".scope": in(
			pod(cgroup.Burstable, cid, cgroup.Containerd), burstable, "cri-containerd-"+cid+".scope"),
		burstableSlice + "/cri-containerd-" + cid + ".scope/init.scope": in(
			pod(cgroup.Burstable, cid, cgroup.Containerd), burstable, "cri-containerd-"+cid+".scope"),
		burstableSlice + "/crio-" + cid + ".scope": in(
			pod(cgroup.Burstable, cid, cgroup.CRIO), burstable, "crio-"+cid+".scope"),
		burstableSlice + "/crio-" + cid + ".scope/container": in(
			pod(cgroup.Burstable, cid, cgroup.CRIO), burstable, "crio-"+cid+".scope"),
		burstableSlice + "/crio-conmon-" + cid + ".scope": in(
			pod(cgroup.Burstable, "", ""), burstable, "crio-conmon-"+cid+".scope"),
		burstableSlice + "/docker-" + cid + ".scope": in(
			pod(cgroup.Burstable, cid, cgroup.Docker), burstable, "docker-"+cid+".scope"),
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + static + ".slice/crio-" + cid + ".scope": {
			PodUID: static, QoS: cgroup.BestEffort, ContainerID: cid, Runtime: cgroup.CRIO,
			Slice: "kubepods-besteffort-pod" + static + ".slice", Unit: "crio-" + cid + ".scope"},

		// A kubelet with a cgroup root of its own, and one in a container (kind).
		"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + uid_ + ".slice/cri-containerd-" + cid + ".scope": in(
			pod(cgroup.Guaranteed, cid, cgroup.Containerd), "kubelet-kubepods-pod"+uid_+".slice", "cri-containerd-"+cid+".scope"),
		"/system.slice/docker-" + other + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/" +
			"kubelet-kubepods-burstable-pod" + uid_ + ".slice/cri-containerd-" + cid + ".scope": in(
			pod(cgroup.Burstable, cid, cgroup.Containerd), "system.slice", "docker-"+other+".scope"),
		"/docker/" + other + "/kubelet/kubepods/besteffort/pod" + uid + "/" + cid: pod(cgroup.BestEffort, cid, ""),

		// The kubelet has the systemd driver, containerd has not.
		"/system.slice/containerd.service/kubepods-burstable-pod" + uid_ + ".slice:cri-containerd:" + cid: in(
			pod(cgroup.Burstable, cid, cgroup.Containerd), "system.slice", "containerd.service"),
		"/kubepods-pod" + uid_ + ".slice:cri-containerd:" + cid: pod(cgroup.Guaranteed, cid, cgroup.Containerd),

		// A pod cannot pose as another one.
		"/kubepods/pod" + uid + "/" + cid + "/kubepods/pod" + static + "/" + other: pod(cgroup.Guaranteed, cid, ""),

		// Containers without Kubernetes.
		"/docker/" + cid: {ContainerID: cid, Runtime: cgroup.Docker},
		"/system.slice/docker-" + cid + ".scope": {ContainerID: cid, Runtime: cgroup.Docker,
			Slice: "system.slice", Unit: "docker-" + cid + ".scope"},
		"/system.slice/nerdctl-" + cid + ".scope": {ContainerID: cid, Runtime: cgroup.Containerd,
			Slice: "system.slice", Unit: "nerdctl-" + cid + ".scope"},
		"/machine.slice/libpod-" + cid + ".scope/container": {ContainerID: cid, Runtime: cgroup.Podman,
			Slice: "machine.slice", Unit: "libpod-" + cid + ".scope"},
		"/machine.slice/libpod-conmon-" + cid + ".scope": {
			Slice: "machine.slice", Unit: "libpod-conmon-" + cid + ".scope"},
		"/libpod_parent/libpod-" + cid: {ContainerID: cid, Runtime: cgroup.Podman},
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + cid + ".scope/container": {
			ContainerID: cid, Runtime: cgroup.Podman, Slice: "user-1000.slice", Unit: "user@1000.service",
			UserUnit: "libpod-" + cid + ".scope"},

		// systemd.
		"/init.scope":                      {Unit: "init.scope"},
		"/system.slice":                    {Slice: "system.slice"},
		"/system.slice/ssh.service":        {Slice: "system.slice", Unit: "ssh.service"},
		"/system.slice/ssh.service/worker": {Slice: "system.slice", Unit: "ssh.service"},
		"/system.slice/system-getty.slice/getty@tty1.service": {
			Slice: "system-getty.slice", Unit: "getty@tty1.service"},
		`/system.slice/dev-disk-by\x2dlabel-swap.swap`: {
			Slice: "system.slice", Unit: `dev-disk-by\x2dlabel-swap.swap`},
		"/system.slice/_cpu.service":                    {Slice: "system.slice", Unit: "cpu.service"},
		"/user.slice/user-1000.slice/session-3.scope":   {Slice: "user-1000.slice", Unit: "session-3.scope"},
		"/user.slice/user-0.slice/user@0.service":       {Slice: "user-0.slice", Unit: "user@0.service"},
		"/user.slice/user-1.slice/user@1.service/x/a.b": {Slice: "user-1.slice", Unit: "user@1.service"},
		"/user.slice/user-1000.slice/user@1000.service/init.scope": {
			Slice: "user-1000.slice", Unit: "user@1000.service", UserUnit: "init.scope"},
		"/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4242.scope": {
			Slice: "user-1000.slice", Unit: "user@1000.service", UserUnit: "app-gnome-firefox-4242.scope"},

		// Malformed, or another thing of a similar name.
		"/kubepods/pod":                                              {},
		"/kubepods/pod" + uid[:35]:                                   {},
		"/kubepods/pod" + uid + "0":                                  {},
		"/kubepods/pod" + uid_:                                       {},
		"/kubepods/Pod" + uid:                                        {},
		"/kubepods/guaranteed/x":                                     {},
		"/burstable/pod" + uid:                                       {},
		"/pod" + uid + "/" + cid:                                     {},
		"/mykubepods/pod" + uid:                                      {},
		"/kubepods/other/pod" + uid:                                  {},
		"/kubepods/x/burstable/pod_x":                                {},
		"/kubepods/pod" + strings.ToUpper(uid):                       {},
		"/kubepods/pod" + uid + "/" + cid[:63]:                       pod(cgroup.Guaranteed, "", ""),
		"/kubepods/pod" + uid + "/" + strings.ToUpper(cid):           pod(cgroup.Guaranteed, "", ""),
		"/kubepods/pod" + uid + "/kata_overhead/" + cid:              pod(cgroup.Guaranteed, "", ""),
		"/kubepods-pod" + uid_ + ".slice":                            {Slice: "kubepods-pod" + uid_ + ".slice"},
		"/kubepods.slice/kubepods-pod" + uid + ".slice":              {Slice: "kubepods-pod" + uid + ".slice"},
		"/kubepods.slice/kubepods-critical-pod" + uid_ + ".slice":    {Slice: "kubepods-critical-pod" + uid_ + ".slice"},
		"/x.slice/xkubepods.slice/xkubepods-pod" + uid_ + ".slice":   {Slice: "xkubepods-pod" + uid_ + ".slice"},
		"/-kubepods.slice/-kubepods-pod" + uid_ + ".slice":           {Slice: "-kubepods-pod" + uid_ + ".slice"},
		"/kubepods-pod" + uid_ + ".slice:cri-containerd:" + cid[1:]:  {},
		"/kubepods-pod" + uid_ + ".slice:cri-containerd":             {},
		"/kubepods-pod" + uid_ + ".slice::" + cid:                    {},
		"/docker/buildkit/" + cid:                                    {},
		"/lxc/docker-" + cid[:12]:                                    {},
		"/system.slice/-" + cid + ".scope":                           {Slice: "system.slice", Unit: "-" + cid + ".scope"},
		"/system.slice/.service":                                     {Slice: "system.slice"},
		"/system.slice/a b.service":                                  {Slice: "system.slice"},
		"/system.slice/ssh.timer":                                    {Slice: "system.slice"},
		"//system.slice///ssh.service/":                              {Slice: "system.slice", Unit: "ssh.service"},
		"/system.slice/x.service/kubepods.slice/kubepods-pod.slice/": {Slice: "system.slice", Unit: "x.service"},
	} {
		if got := cgroup.ParseOwner(path); got != want {
			t.Errorf("%s\n is %+v\nnot %+v", path, got, want)
		}
	}
}

var (
	uidForm = regexp.MustCompile(`^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$`)
	idForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func FuzzParseOwner(f *testing.F) {
	for _, path := range []string{
		"/", "", "//", "/kubepods/burstable/pod" + uid + "/crio-" + cid,
		"/kubepods.slice/kubepods-pod" + uid_ + ".slice/cri-containerd-" + cid + ".scope",
		"/system.slice/containerd.service/kubepods-besteffort-pod" + uid_ + ".slice:cri-containerd:" + cid,
		"/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope", "/docker/" + cid + "/kubepods/pod" + static,
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		o := cgroup.ParseOwner(path)
		if o.PodUID != "" && (!uidForm.MatchString(o.PodUID) || o.QoS == "") {
			t.Errorf("%q: pod %q of class %q", path, o.PodUID, o.QoS)
		}
		if o.ContainerID != "" && (!idForm.MatchString(o.ContainerID) || !strings.Contains(path, o.ContainerID)) {
			t.Errorf("%q: container %q", path, o.ContainerID)
		}
		if o.Runtime != "" && o.ContainerID == "" {
			t.Errorf("%q: runtime %q without a container", path, o.Runtime)
		}
		for _, unit := range []string{o.Slice, o.Unit, o.UserUnit} {
			if !strings.Contains(path, unit) || strings.Contains(unit, "/") {
				t.Errorf("%q: unit %q", path, unit)
			}
		}
		if o.UserUnit != "" && !strings.HasPrefix(o.Unit, "user@") {
			t.Errorf("%q: unit %q of a user's, under %q", path, o.UserUnit, o.Unit)
		}
		// What a group below is called cannot change who owns it.
		child := cgroup.ParseOwner(path + "/kubepods/pod" + static + "/" + other)
		if o.PodUID != "" && (child.PodUID != o.PodUID || child.QoS != o.QoS) {
			t.Errorf("%q: a child poses as pod %q", path, child.PodUID)
		}
		if o.PodUID != "" && o.ContainerID != "" && child.ContainerID != o.ContainerID {
			t.Errorf("%q: a child poses as container %q", path, child.ContainerID)
		}
		if o.Unit != "" && child.Unit != o.Unit {
			t.Errorf("%q: a child poses as unit %q", path, child.Unit)
		}
	})
}
