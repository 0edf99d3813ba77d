package cgroup

import "strings"

// Owner is what a group's path tells about who made it. A field is empty if the
// path does not tell.
//
// A path is not proof. Whoever may make cgroups somewhere, for instance in a
// user's session or in a container with a cgroup namespace of its own, may give
// them any names there. So the outermost match counts, and nothing in a pod can
// pose as another pod. Trust a name only below a path that you trust.
type Owner struct {
	// Slice is the innermost of the systemd slices with which the path begins.
	Slice string
	// Unit is the systemd unit directly in that slice: a service, a scope, a
	// socket, a mount or a swap.
	Unit string
	// UserUnit is the unit of a user's own systemd, below user@UID.service.
	UserUnit string

	// PodUID is the uid of the Kubernetes pod, as the API server writes it.
	// A static pod has that of its configuration: 32 hexadecimal digits.
	PodUID string
	// QoS is the quality of service of the pod, or of the group above all pods
	// of that class.
	QoS QoS
	// ContainerID is the full id of the container: 64 hexadecimal digits. A
	// pod's sandbox ("pause") has one, too, and its path looks the same.
	ContainerID string
	// Runtime is who runs the container. With the cgroupfs driver, containerd
	// and Docker leave no name in the path.
	Runtime Runtime
}

// QoS is a Kubernetes quality of service class.
type QoS string

// The classes, as the API server writes them.
const (
	Guaranteed QoS = "Guaranteed"
	Burstable  QoS = "Burstable"
	BestEffort QoS = "BestEffort"
)

// Runtime is a container runtime.
type Runtime string

// The runtimes that a path may name.
const (
	Containerd Runtime = "containerd"
	CRIO       Runtime = "cri-o"
	Docker     Runtime = "docker"
	Podman     Runtime = "podman"
)

// ParseOwner finds systemd units, Kubernetes pods and containers in the path of
// a group. These forms are known; P is any prefix, the empty one included, and
// what follows a container's group, such as /init.scope, belongs to the container.
//
// Kubernetes, cgroupfs driver (kubelet: pkg/kubelet/cm, cgroup_manager_linux.go,
// qos_container_manager_linux.go and pod_container_manager_linux.go):
//
//	P/kubepods/podUID                      Guaranteed
//	P/kubepods/burstable/podUID            Burstable
//	P/kubepods/besteffort/podUID           BestEffort
//
// Kubernetes, systemd driver (the same files, ToSystemd): each part of the name
// is a slice, and "-" within a part becomes "_":
//
//	P/kubepods.slice/kubepods-podU_I_D.slice
//	P/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podU_I_D.slice
//	P/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podU_I_D.slice
//
// The kubelet's option --cgroup-root puts its own names before kubepods, with
// the systemd driver as a prefix of each slice, too (kind: kubelet-kubepods-…).
//
// Containers in a pod's group:
//
//	CID, cri-containerd-CID.scope          containerd (internal/cri/server, getCgroupsPath)
//	crio-CID, crio-CID.scope               CRI-O (internal/config/cgmgr)
//	CID, docker-CID.scope                  Docker by cri-dockerd (moby: daemon/oci_linux.go)
//
// crio-conmon-CID is the container's monitor, and no container. Containerd
// without the systemd driver under a kubelet with it makes one group of all three
// parts, wherever containerd itself runs (runc takes the text for a path):
//
//	P/kubepods-burstable-podU_I_D.slice:cri-containerd:CID
//
// Containers without Kubernetes:
//
//	P/docker/CID, P/docker-CID.scope       Docker
//	P/libpod-CID, P/libpod-CID.scope       Podman (libpod-conmon-CID is no container)
//	P/nerdctl-CID.scope                    containerd by nerdctl
//
// Units are found as systemd does (src/basic/cgroup-util.c): after slices comes
// the unit, and a leading "_" escapes a name that might be another file's.
func ParseOwner(path string) Owner {
	var o Owner
	o.Slice, o.Unit, o.UserUnit = parseUnits(path)
	o.parsePod(path)
	return o
}

// parsePod finds the pod, and the container in it or without it.
func (o *Owner) parsePod(path string) {
	var grandparent, parent, outerID string
	var outerRuntime Runtime
	for rest := path; rest != ""; {
		var name string
		name, rest = component(rest)
		if uid, qos, ok := cgroupfsPod(grandparent, parent, name); ok {
			o.PodUID, o.QoS = uid, qos
		} else if uid, qos, ok := systemdPod(parent, name); ok {
			o.PodUID, o.QoS = uid, qos
		} else if uid, qos, id, ok := joinedPod(name); ok {
			o.PodUID, o.QoS, o.ContainerID, o.Runtime = uid, qos, id, Containerd
			return
		}
		if o.PodUID != "" {
			child, _ := component(rest)
			o.ContainerID, o.Runtime = podContainer(child)
			return
		}
		if qos := class(parent, name); qos != "" && o.QoS == "" {
			o.QoS = qos
		}
		if outerID == "" {
			outerID, outerRuntime = container(parent, name)
		}
		grandparent, parent = parent, name
	}
	o.ContainerID, o.Runtime = outerID, outerRuntime
}

// component returns the first name of a path, and the path after it.
func component(path string) (name, rest string) {
	name, rest, _ = strings.Cut(strings.TrimLeft(path, "/"), "/")
	return name, rest
}

func cgroupfsPod(grandparent, parent, name string) (uid string, qos QoS, ok bool) {
	uid, found := strings.CutPrefix(name, "pod")
	if !found || !isUID(uid, '-') {
		return "", "", false
	}
	switch {
	case parent == "kubepods":
		return uid, Guaranteed, true
	case grandparent == "kubepods" && parent == "burstable":
		return uid, Burstable, true
	case grandparent == "kubepods" && parent == "besteffort":
		return uid, BestEffort, true
	}
	return "", "", false
}

func systemdPod(parent, name string) (uid string, qos QoS, ok bool) {
	head, uid, qos, ok := podSlice(name)
	if !ok || parent != head+".slice" {
		return "", "", false
	}
	return uid, qos, true
}

// podSlice takes a pod's slice apart. Its head is the name of the slice above it.
func podSlice(name string) (head, uid string, qos QoS, ok bool) {
	stem, found := strings.CutSuffix(name, ".slice")
	at := strings.LastIndex(stem, "-pod")
	if !found || at < 0 || !isUID(stem[at+len("-pod"):], '_') {
		return "", "", "", false
	}
	head = stem[:at]
	if qos = sliceClass(head); qos == "" {
		if !lastPart(head, "kubepods") {
			return "", "", "", false
		}
		qos = Guaranteed
	}
	return head, strings.ReplaceAll(stem[at+len("-pod"):], "_", "-"), qos, true
}

// joinedPod reads the name that a runtime with the cgroupfs driver makes of
// the systemd form slice:prefix:id.
func joinedPod(name string) (uid string, qos QoS, id string, ok bool) {
	slice, rest, _ := strings.Cut(name, ":")
	prefix, id, _ := strings.Cut(rest, ":")
	if prefix != "cri-containerd" || !isContainerID(id) {
		return "", "", "", false
	}
	_, uid, qos, ok = podSlice(slice)
	return uid, qos, id, ok
}

// class returns the class of the group above all pods of a class.
func class(parent, name string) QoS {
	if stem, found := strings.CutSuffix(name, ".slice"); found {
		return sliceClass(stem)
	}
	switch {
	case parent != "kubepods":
		return ""
	case name == "burstable":
		return Burstable
	case name == "besteffort":
		return BestEffort
	}
	return ""
}

func sliceClass(stem string) QoS {
	switch {
	case lastPart(stem, "kubepods-burstable"):
		return Burstable
	case lastPart(stem, "kubepods-besteffort"):
		return BestEffort
	}
	return ""
}

// lastPart reports whether a slice's name without its suffix is part, or a
// name of slices above, "-" and part.
func lastPart(stem, part string) bool {
	above, found := strings.CutSuffix(stem, part)
	return found && (above == "" || len(above) > 1 && above[len(above)-1] == '-')
}

// podContainer reads the name of a group directly in a pod's.
func podContainer(name string) (id string, runtime Runtime) {
	if isContainerID(name) {
		return name, ""
	}
	return named(name)
}

// container reads the name of a group that is in no pod.
func container(parent, name string) (id string, runtime Runtime) {
	if parent == "docker" && isContainerID(name) {
		return name, Docker
	}
	return named(name)
}

// named reads a name in which the runtime puts its own before the id.
func named(name string) (id string, runtime Runtime) {
	stem := strings.TrimSuffix(name, ".scope")
	at := strings.LastIndexByte(stem, '-')
	if at < 0 || !isContainerID(stem[at+1:]) {
		return "", ""
	}
	switch stem[:at] {
	case "cri-containerd", "nerdctl":
		runtime = Containerd
	case "crio":
		runtime = CRIO
	case "docker":
		runtime = Docker
	case "libpod":
		runtime = Podman
	default:
		return "", ""
	}
	return stem[at+1:], runtime
}

func isContainerID(s string) bool { return len(s) == 64 && isHex(s) }

// isUID reports whether s is a uid: a UUID with the given separator, or the
// hash that the kubelet gives a static pod.
func isUID(s string, separator byte) bool {
	if len(s) == 32 {
		return isHex(s)
	}
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != separator {
				return false
			}
		} else if !isHex(s[i : i+1]) {
			return false
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
