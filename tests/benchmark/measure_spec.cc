#include "tests/benchmark/measure_spec.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace codeset::bench {
namespace {

constexpr absl::string_view kCalls[] = {"get", "batch", "relatives", "validate", "diff"};

bool SetCount(absl::string_view text, int& count) {
  return absl::SimpleAtoi(text, &count) && count >= 1 && count <= 1'000'000;
}

bool SetNumber(absl::string_view text, double& number) {
  return absl::SimpleAtod(text, &number) && number >= 0;
}

// Sets `flag` to whether the text is `yes`, which is one of two words.
bool SetChoice(absl::string_view text, absl::string_view no, absl::string_view yes, bool& flag) {
  flag = text == yes;
  return flag || text == no;
}

bool SetField(absl::string_view name, absl::string_view text, MeasureSpec& spec) {
  if (name == "in_flight") return SetCount(text, spec.in_flight);
  if (name == "slots") return SetCount(text, spec.slots);
  if (name == "calls") return SetCount(text, spec.least_calls);
  if (name == "size") return SetCount(text, spec.size);
  if (name == "rate") return SetNumber(text, spec.rate);
  if (name == "seconds") return SetNumber(text, spec.seconds);
  if (name == "warm_up") return SetNumber(text, spec.warm_up_seconds);
  if (name == "unknown") {
    return SetNumber(text, spec.unknown_percent) && spec.unknown_percent <= 100;
  }
  if (name == "seed") return absl::SimpleAtoi(text, &spec.seed);
  if (name == "read") return SetChoice(text, "bytes", "messages", spec.decode);
  if (name == "codes") return SetChoice(text, "all", "billable", spec.billable_only);
  if (name == "view") {
    return v1::ConceptView_Parse(absl::StrCat("CONCEPT_VIEW_", absl::AsciiStrToUpper(text)),
                                 &spec.view);
  }
  if (name == "relation") {
    return v1::Relation_Parse(absl::StrCat("RELATION_", absl::AsciiStrToUpper(text)),
                              &spec.relation);
  }
  if (name == "from" || name == "to") {
    (name == "from" ? spec.from : spec.to) = std::string(text);
    return !text.empty();
  }
  return false;
}

}  // namespace

absl::StatusOr<MeasureSpec> ParseMeasureSpec(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  MeasureSpec spec;
  for (const absl::string_view call : kCalls) {
    if (!words.empty() && words[0] == call) spec.call = std::string(call);
  }
  if (spec.call.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", line, "\" begins with none of get, batch, relatives, validate, diff"));
  }
  for (size_t i = 1; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    if (!SetField(field.first, field.second, spec)) {
      return absl::InvalidArgumentError(absl::StrCat("\"", words[i], "\" cannot be used; see ",
                                                     "tests/benchmark/measure_spec.h"));
    }
  }
  if (spec.call == "diff" && (spec.from.empty() || spec.to.empty())) {
    return absl::InvalidArgumentError("a diff needs from=RELEASE and to=RELEASE");
  }
  return spec;
}

}  // namespace codeset::bench
