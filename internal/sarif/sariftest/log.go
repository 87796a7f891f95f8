package sariftest

import (
	"encoding/json"
	"fmt"

	"github.com/anolishq/anolis-handoff/internal/sarif"
)

// log checks what lies between objects. The types are right by now.
func (c *checker) log(root any) {
	data, err := json.Marshal(root)
	if err != nil {
		c.fault("", "%v", err)
		return
	}
	var log sarif.Log
	if err := json.Unmarshal(data, &log); err != nil {
		c.fault("", "%v", err)
		return
	}
	if len(log.Runs) != 1 {
		c.fault("/runs", "has %d items, not one", len(log.Runs))
	}
	for i, run := range log.Runs {
		c.run(fmt.Sprintf("/runs/%d", i), run)
	}
}

func (c *checker) run(at string, run sarif.Run) {
	driver := run.Tool.Driver
	if n := len(run.Results); n > sarif.MaxResults {
		c.fault(at+"/results", "has %d items", n)
	}
	ids := map[string]bool{}
	for i, rule := range driver.Rules {
		at := fmt.Sprintf("%s/tool/driver/rules/%d", at, i)
		if ids[rule.ID] {
			c.fault(at, "the id %s is there twice", rule.ID)
		}
		ids[rule.ID] = true
		c.rule(at, rule)
	}
	prints := map[string]bool{}
	for i, r := range run.Results {
		at := fmt.Sprintf("%s/results/%d", at, i)
		if r.RuleIndex >= len(driver.Rules) || driver.Rules[r.RuleIndex].ID != r.RuleID {
			c.fault(at, "ruleIndex %d does not lead to the rule %s", r.RuleIndex, r.RuleID)
		}
		if len(r.Locations) != 1 {
			c.fault(at, "has %d locations; code scanning wants one and shows one", len(r.Locations))
		}
		print := r.PartialFingerprints[sarif.LineHash]
		if print == "" || prints[print] {
			c.fault(at, "has no fingerprint of its own")
		}
		prints[print] = true
	}
	for i, invocation := range run.Invocations {
		for j, n := range invocation.ToolConfigurationNotifications {
			if n.Descriptor.Index >= len(driver.Notifications) || driver.Notifications[n.Descriptor.Index].ID != n.Descriptor.ID {
				c.fault(fmt.Sprintf("%s/invocations/%d/toolConfigurationNotifications/%d", at, i, j), "has no descriptor %s", n.Descriptor.ID)
			}
		}
	}
}

func (c *checker) rule(at string, rule sarif.Descriptor) {
	if len(rule.Properties.Tags) > sarif.MaxTags {
		c.fault(at, "has %d tags", len(rule.Properties.Tags))
	}
	security := false
	for _, tag := range rule.Properties.Tags {
		security = security || tag == "security"
	}
	if security != (rule.Properties.SecuritySeverity != "") {
		c.fault(at, "the tag security and security-severity belong together")
	}
}
