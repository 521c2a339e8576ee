package housetest

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// loadTelemetry reads docker-compose.yaml with the profile telemetry and returns the services
// that this adds.
func loadTelemetry(t *testing.T) (*types.Project, types.Services) {
	t.Helper()
	project, err := loadCompose(t, append(secrets, "COMPOSE_PROFILES=telemetry")...)
	if err != nil {
		t.Fatal(err)
	}
	added := maps.Clone(project.Services)
	delete(added, "hone")
	delete(added, "postgres")
	return project, added
}

func TestComposeTelemetry(t *testing.T) {
	project, added := loadTelemetry(t)
	if got, want := slices.Sorted(maps.Keys(added)), []string{"collector", "grafana", "jaeger", "prometheus"}; !slices.Equal(got, want) {
		t.Fatalf("the profile adds %q, want %q", got, want)
	}
	for name, service := range added {
		if !regexp.MustCompile(`:v?\d+\.\d+\.\d+$`).MatchString(service.Image) {
			t.Errorf("%s: image %s is not pinned by version", name, service.Image)
		}
		if name != "collector" && (service.HealthCheck == nil || len(service.HealthCheck.Test) < 2) {
			t.Errorf("%s has no health check", name)
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes port %s beyond this machine", name, port.Published)
			}
		}
		for _, v := range service.Volumes {
			if _, declared := project.Volumes[v.Source]; v.Type == types.VolumeTypeVolume && declared {
				continue
			}
			if _, err := os.Stat(v.Source); v.Type != types.VolumeTypeBind || err != nil || !v.ReadOnly {
				t.Errorf("%s mounts %s: %v, want something that is there, and only to be read", name, v.Source, err)
			}
		}
		for other, after := range service.DependsOn {
			if after.Condition != types.ServiceConditionHealthy {
				t.Errorf("%s starts when %s is %q", name, other, after.Condition)
			}
		}
	}
}

// What the configurations say of one another's addresses and files is so.
func TestTelemetryFitsTogether(t *testing.T) {
	project, _ := loadTelemetry(t)
	for _, file := range []string{
		"deploy/collector/collector.yaml", "deploy/prometheus/prometheus.yaml",
		"deploy/grafana/provisioning/datasources/hone.yaml", "docker-compose.yaml",
	} {
		for _, found := range regexp.MustCompile(`(?m)^[^#\n]*?\b((?:http://)?([a-z]+):\d{4,5})\b`).FindAllStringSubmatch(read(t, file), -1) {
			if _, there := project.Services[found[2]]; !there && found[2] != "localhost" {
				t.Errorf("%s sends something to %s, which is no service", file, found[1])
			}
		}
	}
	endpoint, err := url.Parse(value(project.Services["hone"].Environment, "OTEL_EXPORTER_OTLP_ENDPOINT"))
	if err != nil || endpoint.Host != "collector:4318" {
		t.Errorf("Hone sends to %v, %v", endpoint, err)
	}

	prometheus := project.Services["prometheus"]
	if len(prometheus.Secrets) != 1 || !strings.Contains(read(t, "deploy/prometheus/prometheus.yaml"), "credentials_file: /run/secrets/"+prometheus.Secrets[0].Source) {
		t.Errorf("Prometheus has secrets %v, and its configuration names another file", prometheus.Secrets)
	}
	if key := project.Secrets["hone_api_key"]; key.Environment != "HONE_API_KEY" {
		t.Errorf("its secret is %+v, not Hone's key", key)
	}
	if !slices.Contains(prometheus.Command, "--enable-feature=exemplar-storage") {
		t.Error("Prometheus keeps no exemplars")
	}
	mounted(t, prometheus, "/etc/prometheus/rules", "deploy/prometheus/rules")
	grafana := project.Services["grafana"]
	mounted(t, grafana, "/etc/grafana/provisioning", "deploy/grafana/provisioning")
	mounted(t, grafana, "/etc/grafana/dashboards", "deploy/grafana/dashboards")
	if !strings.Contains(read(t, "deploy/grafana/provisioning/dashboards/hone.yaml"), "path: /etc/grafana/dashboards") {
		t.Error("Grafana looks for dashboards where none are mounted")
	}
}

func mounted(t *testing.T, service types.ServiceConfig, target, want string) {
	t.Helper()
	for _, v := range service.Volumes {
		if v.Target == target {
			if !strings.HasSuffix(filepath.ToSlash(v.Source), want) {
				t.Errorf("%s has %s at %s, want %s", service.Name, v.Source, target, want)
			}
			return
		}
	}
	t.Errorf("%s has nothing at %s", service.Name, target)
}

// People run the Collector that the tests try.
func TestComposeRunsTheTestedCollector(t *testing.T) {
	_, added := loadTelemetry(t)
	built := regexp.MustCompile(`(?m)^\tgo\.opentelemetry\.io/collector/otelcol v(\S+)$`).FindStringSubmatch(read(t, ".ci/collector/go.mod"))
	if len(built) < 2 || added["collector"].Image != "otel/opentelemetry-collector-contrib:"+built[1] {
		t.Errorf("the tests build %q, people run %s", built, added["collector"].Image)
	}
}
