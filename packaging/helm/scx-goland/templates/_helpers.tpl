{{- define "scx-goland.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "scx-goland.selector" -}}
app.kubernetes.io/name: scx-goland
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "scx-goland.labels" -}}
{{ include "scx-goland.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "scx-goland.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "scx-goland.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- define "scx-goland.image" -}}
{{- $repository := required "image.repository is not set: push the released image to a registry of yours, and give its name, such as --set image.repository=registry.example.com/scx_goland" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The scheduler's name, by which its control socket and its pins are named. */}}
{{- define "scx-goland.scheduler" -}}
{{- .Values.config.name | default "goland" -}}
{{- end -}}

{{- define "scx-goland.capabilities" -}}
{{- concat .Values.agent.capabilities .Values.agent.extraCapabilities | uniq | toYaml -}}
{{- end -}}

{{/* What the agent may do: of the container that detaches as well. */}}
{{- define "scx-goland.agentSecurity" -}}
runAsUser: 0
runAsGroup: 0
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  add:
    {{- include "scx-goland.capabilities" . | nindent 4 }}
seccompProfile:
  {{- toYaml .Values.agent.seccompProfile | nindent 2 }}
{{- with .Values.agent.appArmorProfile }}
appArmorProfile:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
