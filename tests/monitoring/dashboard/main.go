// SPDX-License-Identifier: Apache-2.0

// Holds a dashboard against Grafana's own schema, as its Foundation SDK is generated from it: every field must be one
// that Grafana knows there (of the dashboard, its variables, each panel's options and each target), of the right type
// and within its bounds. Usage: dashboard <FILE
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// register names what a panel's options and targets are held against; all that Grafana has takes half a minute to
// compile.
func register() {
	runtime := cog.NewRuntime()
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	runtime.RegisterPanelcfgVariant(table.VariantConfig())
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
}

type strict interface{ UnmarshalJSONStrict([]byte) error }

// fields refuses what the schema does not have. The SDK's errors are lists, and an empty one is no error.
func fields(text []byte, into strict) error {
	err := into.UnmarshalJSONStrict(text)
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}

// values is a second reading: the strict one keeps no panel that Validate could look at.
func values(text []byte) error {
	var board dashboard.Dashboard
	if err := json.Unmarshal(text, &board); err != nil {
		return err
	}
	return board.Validate()
}

// panels refuses what the SDK passes unseen: a type that is not registered here, and unknown fields of fieldConfig.
func panels(text []byte) error {
	var board struct {
		Panels []struct {
			Title, Type string
			FieldConfig json.RawMessage
			Datasource  struct{ Type string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		return err
	}
	for _, panel := range board.Panels {
		if _, known := cog.ConfigForPanelcfgVariant(panel.Type); !known {
			return fmt.Errorf("panel %q: its type %q is misspelt, or not registered here", panel.Title, panel.Type)
		}
		if panel.Datasource.Type != "prometheus" {
			return fmt.Errorf("panel %q: its source is of type %q, not prometheus", panel.Title, panel.Datasource.Type)
		}
		if err := fields(panel.FieldConfig, new(dashboard.FieldConfigSource)); err != nil {
			return fmt.Errorf("panel %q: %w", panel.Title, err)
		}
	}
	return nil
}

func main() {
	register()
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = errors.Join(fields(text, new(dashboard.Dashboard)), values(text), panels(text))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
