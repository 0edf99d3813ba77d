// Package agentsocket is the client's side of the agent's control socket, and what Kubernetes' companion of the agent says
// there: one source for both programs.
package agentsocket

import "path/filepath"

// Folder is where the sockets are.
const Folder = "/run/scx_goland"

// SocketOf is the socket of the agent of the scheduler with this name, below the root of the file system.
func SocketOf(root, name string) string { return filepath.Join(root, Folder, name+".control") }

// MaxLine is the most bytes of a request, and of a response, with the line's end.
const MaxLine = 16 << 20
