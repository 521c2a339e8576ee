package housetest

import (
	goversion "go/version"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// loadCompose reads docker-compose.yaml as an engine would, with this environment only.
func loadCompose(t *testing.T, env ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions(
		[]string{filepath.Join(root(), "docker-compose.yaml")},
		cli.WithEnv(env),
		cli.WithDefaultProfiles(), // those of COMPOSE_PROFILES
	)
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

// secrets are what a person has to choose before anything starts.
var secrets = []string{"HONE_API_KEY=chosen-key", "POSTGRES_PASSWORD=chosen-password"}

func TestComposeServices(t *testing.T) {
	project, err := loadCompose(t, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(project.Services))
	if want := []string{"hone", "postgres"}; !slices.Equal(names, want) {
		t.Fatalf("services %q, want %q", names, want)
	}
	for name, service := range project.Services {
		if service.HealthCheck == nil || service.HealthCheck.Disable || len(service.HealthCheck.Test) < 2 {
			t.Errorf("%s has no health check", name)
		}
		if len(service.Volumes) == 0 {
			t.Errorf("%s keeps its data in no volume", name)
		}
		for _, v := range service.Volumes {
			if _, declared := project.Volumes[v.Source]; v.Type != types.VolumeTypeVolume || !declared {
				t.Errorf("%s: volume %s is not one of the file's own", name, v.Source)
			}
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes port %s beyond this machine", name, port.Published)
			}
		}
	}
	if after := project.Services["hone"].DependsOn["postgres"]; after.Condition != types.ServiceConditionHealthy {
		t.Errorf("hone starts when postgres is %q, want %q", after.Condition, types.ServiceConditionHealthy)
	}
}

func TestComposePinsPgvector(t *testing.T) {
	project, err := loadCompose(t, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	image := project.Services["postgres"].Image
	if !regexp.MustCompile(`^pgvector/pgvector:0\.([89]|[1-9]\d)\.\d+-pg\d+$`).MatchString(image) {
		t.Errorf("image %q is not pgvector >= 0.8 pinned by version", image)
	}
}

func TestComposeNeedsSecrets(t *testing.T) {
	for i := range secrets {
		env := slices.Delete(slices.Clone(secrets), i, i+1)
		name, _, _ := strings.Cut(secrets[i], "=")
		t.Run(name, func(t *testing.T) {
			_, err := loadCompose(t, env...)
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("without %s: %v, want an error that names it", name, err)
			}
		})
	}
	text := read(t, "docker-compose.yaml")
	if secret := regexp.MustCompile(`(?im)^[^#\n]*(password|_key):[ \t]+[^\s$].*$`).FindString(text); secret != "" {
		t.Errorf("a secret is written down: %s", strings.TrimSpace(secret))
	}
}

func TestComposeSharesThePassword(t *testing.T) {
	project, err := loadCompose(t, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	hone, postgres := project.Services["hone"].Environment, project.Services["postgres"].Environment
	if got := value(hone, "PGPASSWORD"); got != "chosen-password" || got != value(postgres, "POSTGRES_PASSWORD") {
		t.Errorf("hone's password %q, postgres's %q", got, value(postgres, "POSTGRES_PASSWORD"))
	}
	if got := value(hone, "HONE_API_KEY"); got != "chosen-key" {
		t.Errorf("HONE_API_KEY is %q", got)
	}
	if v := hone["HONE_MODEL"]; v != nil {
		t.Errorf("HONE_MODEL is %q where the environment has none", *v)
	}
}

func value(env types.MappingWithEquals, name string) string {
	if v := env[name]; v != nil {
		return *v
	}
	return ""
}

// The image is built with a patch of the Go release that go.mod asks for, ends without root, and
// starts from images pinned by version.
func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	if version == nil {
		t.Fatal("go.mod names no Go version")
	}
	images := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1)
	if len(images) < 2 {
		t.Fatalf("%d stages, want a build and a final one", len(images))
	}
	built := "go" + strings.TrimPrefix(regexp.MustCompile(`^golang:[\d.]+`).FindString(images[0][1]), "golang:")
	asked := "go" + version[1]
	if goversion.Compare(built, asked) < 0 || goversion.Lang(built) != goversion.Lang(asked) {
		t.Errorf("built with %s, go.mod asks for %s", images[0][1], version[1])
	}
	for _, image := range images {
		if !regexp.MustCompile(`:\d+\.\d+\.\d+(-\w+)?$`).MatchString(image[1]) {
			t.Errorf("%s is not pinned by version", image[1])
		}
	}
	users := regexp.MustCompile(`(?m)^USER (\S+)`).FindAllStringSubmatch(text, -1)
	if len(users) == 0 || regexp.MustCompile(`^(root|0)\b`).MatchString(users[len(users)-1][1]) {
		t.Error("the final image runs as root")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
