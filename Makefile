# sam build calls build-<LogicalId> for each function of template.yaml.

BUILD = -trimpath -ldflags "-s -w" -tags lambda.norpc

build-CollectFunction:  function = collect
build-ComposeFunction:  function = compose
build-DeliverFunction:  function = deliver
build-FeedbackFunction: function = feedback
build-HooksFunction:    function = hooks
build-SweepFunction:    function = sweep
build-WebFunction:      function = web

build-CollectFunction build-ComposeFunction build-DeliverFunction build-FeedbackFunction build-HooksFunction build-SweepFunction build-WebFunction:
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build $(BUILD) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(function)

.PHONY: build-CollectFunction build-ComposeFunction build-DeliverFunction build-FeedbackFunction build-HooksFunction build-SweepFunction build-WebFunction
