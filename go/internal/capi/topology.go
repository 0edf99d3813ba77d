//go:build cgo && linux

package capi

/*
#include <stdlib.h>
#include "library.h"

struct scxb_go_topology {
	int32_t status;
	uint32_t count;
	uint64_t generation;
};

static inline struct scxb_go_topology scxb_go_topology_read(void *cpus, uint32_t capacity, char *error,
							    size_t error_len)
{
	struct scxb_go_topology r = { 0 };

	r.status = scxb_topology_read((struct scxb_cpu *)cpus, capacity, &r.count, &r.generation, error,
				      error_len);
	return r;
}

static inline struct scxb_go_topology scxb_go_topology_generation(char *error, size_t error_len)
{
	struct scxb_go_topology r = { 0 };

	r.status = scxb_topology_generation(&r.generation, error, error_len);
	return r;
}
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// TopologyRead fills cpus, and returns how many CPUs there are. On failure the text says why.
func TopologyRead(cpus []CPU) (n int, generation uint64, status int32, text string) {
	buf := (*C.char)(C.calloc(1, errorLen))
	defer C.free(unsafe.Pointer(buf))

	r := C.scxb_go_topology_read(unsafe.Pointer(unsafe.SliceData(cpus)), count(len(cpus)), buf, errorLen)
	runtime.KeepAlive(cpus)
	return int(r.count), uint64(r.generation), int32(r.status), C.GoString(buf)
}

// TopologyGeneration returns the number that changes with the CPUs. On failure the text says why.
func TopologyGeneration() (generation uint64, status int32, text string) {
	buf := (*C.char)(C.calloc(1, errorLen))
	defer C.free(unsafe.Pointer(buf))

	r := C.scxb_go_topology_generation(buf, errorLen)
	return uint64(r.generation), int32(r.status), C.GoString(buf)
}
