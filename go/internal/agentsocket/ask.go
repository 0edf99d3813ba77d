//go:build unix

package agentsocket

import (
	"context"
	"errors"
)

// AskKubernetes tells the agent, or asks it.
func AskKubernetes(ctx context.Context, path string, r KubernetesRequest) (*KubernetesAnswer, error) {
	request := struct {
		Command    string            `json:"command"`
		Kubernetes KubernetesRequest `json:"kubernetes"`
	}{Kubernetes, r}
	var response struct {
		Error      string            `json:"error"`
		Kubernetes *KubernetesAnswer `json:"kubernetes"`
	}
	switch err := Exchange(ctx, path, request, nil, &response); {
	case err != nil:
		return nil, err
	case response.Error != "":
		return nil, errors.New(response.Error)
	case response.Kubernetes == nil:
		return nil, errors.New("the agent's answer says nothing about Kubernetes")
	}
	return response.Kubernetes, nil
}
