//go:build !demo

package main

import (
	"archive/tar"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Containers of the released image, as a kubelet with containerd runs those of the Helm chart: by runc.

// chartContainers is written by tests/kubernetes, from the chart.
//
//go:embed agent_in_container.json
var chartContainers []byte

// node is what a kubelet has: the image unpacked, a folder for each volume, and runc's state.
type node struct {
	t      *T
	folder string
	rootfs string
	// groupOf is the cgroup of the pod's containers, as a path from the root of the tree.
	groupOf string
	started int
}

// keepControllers ends the scenario with the controllers that there are now: runc gives a container, and all groups above it, all.
// It is called before the groups are made, so that it acts when they are gone.
func (t *T) keepControllers() {
	before := strings.Fields(t.read(cgroups + "/cgroup.subtree_control"))
	t.Cleanup(func() {
		for _, name := range strings.Fields(t.read(cgroups + "/cgroup.subtree_control")) {
			if !slices.Contains(before, name) {
				t.write(cgroups+"/cgroup.subtree_control", "-"+name)
			}
		}
	})
}

// node unpacks the image. Containers that are left are ended with the scenario.
func (t *T) node(group *cgroup) *node {
	folder, err := os.MkdirTemp("", "node")
	t.Check(err, "make a folder")
	t.Cleanup(func() { os.RemoveAll(folder) })
	n := &node{t: t, folder: folder, rootfs: filepath.Join(folder, "rootfs"), groupOf: strings.TrimPrefix(group.path, cgroups)}
	n.unpack(filepath.Join(os.Getenv("SCXB_VM"), "image.oci.tar"))
	return n
}

// volume is a folder that the containers share.
func (n *node) volume(name string) string {
	path := filepath.Join(n.folder, "volumes", name)
	n.t.Check(os.MkdirAll(path, 0o755), "make the volume %s", name)
	return path
}

// chartContainer is one of the chart's, in the words of runc's configuration.
func (t *T) chartContainer(name string) map[string]any {
	var all map[string]struct {
		Spec    map[string]any
		Seccomp map[string]any
	}
	t.Check(json.Unmarshal(chartContainers, &all), "read the chart's containers")
	c, is := all[name]
	t.FatalIf(!is, "the chart has no container %s", name)
	c.Spec["linux"].(map[string]any)["seccomp"] = c.Seccomp
	return c.Spec
}

// capabilities are those of a container.
func capabilities(spec map[string]any) (names []string) {
	all, _ := spec["process"].(map[string]any)["capabilities"].(map[string]any)["bounding"].([]any)
	for _, name := range all {
		names = append(names, name.(string))
	}
	return names
}

// without takes a capability from a container.
func without(spec map[string]any, name string) map[string]any {
	sets := spec["process"].(map[string]any)["capabilities"].(map[string]any)
	for set, all := range sets {
		sets[set] = slices.DeleteFunc(slices.Clone(all.([]any)), func(c any) bool { return c == name })
	}
	return spec
}

// command lets a container run another command, such as a probe.
func command(spec map[string]any, args ...string) map[string]any {
	spec["process"].(map[string]any)["args"] = args
	return spec
}

// container is one that was started.
type container struct {
	*process
	node *node
	id   string
}

// run starts a container.
func (n *node) run(spec map[string]any) *container {
	n.started++
	c := &container{node: n, id: fmt.Sprintf("%064x", n.started)}
	spec["root"].(map[string]any)["path"] = n.rootfs
	spec["linux"].(map[string]any)["cgroupsPath"] = n.groupOf + "/cri-containerd-" + c.id + ".scope"
	for _, m := range spec["mounts"].([]any) {
		mount := m.(map[string]any)
		if name, is := strings.CutPrefix(mount["source"].(string), "@"); is {
			mount["source"] = n.volume(name)
		}
	}
	bundle := filepath.Join(n.folder, c.id[60:])
	n.t.Check(os.MkdirAll(bundle, 0o755), "make a bundle")
	text, err := json.Marshal(spec)
	n.t.Check(err, "write the container's configuration")
	n.t.Check(os.WriteFile(filepath.Join(bundle, "config.json"), text, 0o600), "write the container's configuration")
	n.t.Logf("container %d runs %s", n.started, spec["process"].(map[string]any)["args"])
	c.process = n.t.startCmd(n.runc("run", "--bundle", bundle, c.id))
	n.t.Cleanup(func() { _ = n.runc("delete", "--force", c.id).Run() })
	return c
}

func (n *node) runc(args ...string) *exec.Cmd {
	return exec.Command("runc", append([]string{"--root", filepath.Join(n.folder, "runc")}, args...)...)
}

// kill sends a signal to the container's first process, as a kubelet does. The container is gone when it has ended.
func (c *container) sendSignal(name string) {
	out, err := c.node.runc("kill", c.id, name).CombinedOutput()
	c.t.FatalIf(err != nil, "send %s to the container: %v\n%s", name, err, out)
}

// exec runs a command in the container, as kubectl exec and probes do.
func (c *container) exec(args ...string) *process {
	c.t.Logf("in the container: %s", args)
	return c.t.startCmd(c.node.runc(append([]string{"exec", c.id}, args...)...))
}

// unpack makes a root file system of an image: a tar archive of an OCI image layout, with one image in its index.
func (n *node) unpack(path string) {
	file, err := os.Open(path)
	n.t.Check(err, "open the image")
	defer file.Close()
	blobs := map[string][]byte{}
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		n.t.Check(err, "read the image")
		blobs[header.Name], err = io.ReadAll(archive)
		n.t.Check(err, "read %s of the image", header.Name)
	}
	type reference struct{ Digest string }
	get := func(r reference, into any) {
		name := "blobs/" + strings.Replace(r.Digest, ":", "/", 1)
		n.t.Check(json.Unmarshal(blobs[name], into), "understand %s of the image", name)
	}
	var index, platforms struct{ Manifests []reference }
	n.t.Check(json.Unmarshal(blobs["index.json"], &index), "understand the image's index")
	get(index.Manifests[0], &platforms)
	var manifest struct{ Layers []reference }
	get(platforms.Manifests[0], &manifest)
	for _, layer := range manifest.Layers {
		n.layer(blobs["blobs/"+strings.Replace(layer.Digest, ":", "/", 1)])
	}
}

// layer unpacks what the image's own layers have: folders and files.
func (n *node) layer(content []byte) {
	unzipped, err := gzip.NewReader(strings.NewReader(string(content)))
	n.t.Check(err, "read a layer")
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		n.t.Check(err, "read a layer")
		path := filepath.Join(n.rootfs, header.Name)
		if header.Typeflag == tar.TypeDir {
			n.t.Check(os.MkdirAll(path, 0o755), "unpack %s", header.Name)
			continue
		}
		text, err := io.ReadAll(archive)
		n.t.Check(err, "unpack %s", header.Name)
		n.t.Check(os.WriteFile(path, text, header.FileInfo().Mode().Perm()), "unpack %s", header.Name)
	}
}
