package cgroup_test

import (
	"fmt"

	"github.com/scxbridge/scxbridge/go/cgroup"
)

func ExampleParseOwner() {
	o := cgroup.ParseOwner("/kubepods.slice/kubepods-burstable.slice/" +
		"kubepods-burstable-pod5d49e8e6_31a0_4b6c_9f5e_0c2f7a7d9b11.slice/" +
		"cri-containerd-4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970.scope")
	fmt.Println(o.PodUID, o.QoS)
	fmt.Println(o.Runtime, o.ContainerID[:12])
	// Output:
	// 5d49e8e6-31a0-4b6c-9f5e-0c2f7a7d9b11 Burstable
	// containerd 4f797c539e6c
}
