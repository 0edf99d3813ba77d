package capi

// ExitInfo holds what struct scxb_exit_info says.
type ExitInfo struct {
	Kind    int32
	Code    int64
	Reason  string
	Message string
}
