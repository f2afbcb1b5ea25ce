{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- define "countersign.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- /* 50 characters leave room for the longest suffix within the 63 of a label and a DNS name. */ -}}
{{- define "countersign.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "countersign.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "countersign.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Immutable in a StatefulSet: nothing may ever be added here. */ -}}
{{- define "countersign.selectorLabels" -}}
app.kubernetes.io/name: {{ include "countersign.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: serve
{{- end -}}

{{- define "countersign.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "countersign.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "countersign.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "countersign.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "countersign.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "countersign.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- /* A claim's storage class: empty leaves the default, "-" asks for none. */ -}}
{{- define "countersign.storageClass" -}}
{{- if eq . "-" -}}
storageClassName: ""
{{- else if . -}}
storageClassName: {{ . | quote }}
{{- end -}}
{{- end -}}

{{- /* What the schema cannot say: settings that need each other. Text = problem, then what to do. */ -}}
{{- define "countersign.check" -}}
{{- if not .Values.image.repository -}}
{{- fail "image.repository is empty: name the image; none is published yet, docs/operators/kubernetes.md says how to build one" -}}
{{- end -}}
{{- if not .Values.config.log.origin -}}
{{- fail "config.log.origin is empty: give the evidence log its name, for example countersign.example.com/log1; it never changes afterwards" -}}
{{- end -}}
{{- if not .Values.signingKey.existingSecret -}}
{{- fail "signingKey.existingSecret is empty: make a Secret with the log's Ed25519 key first (docs/operators/kubernetes.md) and name it here" -}}
{{- end -}}
{{- range .Values.config.sources -}}
{{- if and (hasPrefix "kafka:" .) (not $.Values.config.kafka.brokers) -}}
{{- fail (printf "config.kafka.brokers is empty but the source %s needs it: name at least one host:port" .) -}}
{{- end -}}
{{- end -}}
{{- with .Values.config.kafka -}}
{{- $sasl := hasPrefix "sasl_" .security_protocol -}}
{{- if and $sasl (or (not .sasl_username) (not $.Values.kafkaSecret.passwordKey)) -}}
{{- fail (printf "config.kafka.security_protocol is %s: it needs config.kafka.sasl_username and kafkaSecret.passwordKey" .security_protocol) -}}
{{- end -}}
{{- end -}}
{{- with .Values.kafkaSecret -}}
{{- if and (or .passwordKey .caKey .certificateKey .privateKeyKey) (not .existingSecret) -}}
{{- fail "kafkaSecret names keys but kafkaSecret.existingSecret is empty: name the Secret that holds them" -}}
{{- end -}}
{{- if ne (empty .certificateKey) (empty .privateKeyKey) -}}
{{- fail "kafkaSecret.certificateKey and kafkaSecret.privateKeyKey belong together: set both or neither" -}}
{{- end -}}
{{- end -}}
{{- with .Values.persistence -}}
{{- if and .data.existingClaim (eq .data.existingClaim .lastSigned.existingClaim) -}}
{{- fail (printf "persistence.lastSigned.existingClaim is the claim of the data (%s): use another volume, or a restored backup goes unnoticed" .data.existingClaim) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) -}}
{{- fail "serviceMonitor.enabled, but this cluster has no monitoring.coreos.com/v1: install the Prometheus operator, or render with --api-versions monitoring.coreos.com/v1" -}}
{{- end -}}
{{- end -}}

{{- /* The configuration file: the values under `config` and the chart's own paths, merged as data, never as text. */ -}}
{{- define "countersign.config" -}}
{{- $secrets := "/etc/countersign/kafka" -}}
{{- $kafka := dict -}}
{{- range $name, $value := .Values.config.kafka -}}
{{- if ne (toString $value) "" -}}{{- $_ := set $kafka $name $value -}}{{- end -}}
{{- end -}}
{{- with .Values.kafkaSecret -}}
{{- if .passwordKey -}}{{- $_ := set $kafka "sasl_password_file" (printf "%s/password" $secrets) -}}{{- end -}}
{{- if .caKey -}}{{- $_ := set $kafka "ssl_ca_file" (printf "%s/ca.pem" $secrets) -}}{{- end -}}
{{- if .certificateKey -}}{{- $_ := set $kafka "ssl_certificate_file" (printf "%s/certificate.pem" $secrets) -}}{{- end -}}
{{- if .privateKeyKey -}}{{- $_ := set $kafka "ssl_key_file" (printf "%s/private-key.pem" $secrets) -}}{{- end -}}
{{- end -}}
{{- $config := omit .Values.config "kafka" "log" "sources" -}}
{{- $_ := set $config "kafka" $kafka -}}
{{- $_ := set $config "log" (dict "origin" .Values.config.log.origin
      "key_file" "/run/countersign/key/signing-key.pem"
      "last_signed_file" "/var/lib/countersign-last-signed/last_signed") -}}
{{- $_ := set $config "data" "/var/lib/countersign/data" -}}
{{- $_ := set $config "listen" "0.0.0.0:8080" -}}
{{- $_ := set $config "metrics" "0.0.0.0:9464" -}}
{{- if .Values.config.sources -}}{{- $_ := set $config "sources" .Values.config.sources -}}{{- end -}}
{{- range $what := list "rules" "packs" -}}
{{- $paths := get (get $.Values $what) "paths" -}}
{{- range get (get $.Values $what) "configMaps" -}}
{{- $paths = append $paths (printf "/etc/countersign/%s/%s" $what .) -}}
{{- end -}}
{{- if $paths -}}{{- $_ := set $config $what $paths -}}{{- end -}}
{{- end -}}
{{- if .Values.rules.valuesConfigMap -}}{{- $_ := set $config "rule_values" "/etc/countersign/rule-values/values.yaml" -}}{{- end -}}
{{- if .Values.expectedSources.configMap -}}{{- $_ := set $config "expected_sources" "/etc/countersign/expected-sources/sources.yaml" -}}{{- end -}}
{{- toYaml $config -}}
{{- end -}}
