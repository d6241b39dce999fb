#include "client/codesetctl/event_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

std::string Exactly(const std::string& release_id, bool exact) {
  return exact ? absl::StrCat(release_id, " exactly") : release_id;
}

std::string MoveText(const v1::ReleaseEvent& event) {
  const std::string name = absl::StrCat("label ", event.label());
  if (event.release_id().empty()) {
    return absl::StrCat(name, " removed; it named ", event.previous_release_id());
  }
  const std::string target = Exactly(event.release_id(), event.exact());
  if (event.previous_release_id().empty()) return absl::StrCat(name, " set to ", target);
  return absl::StrCat(name, " moved from ", event.previous_release_id(), " to ", target);
}

std::string HeldText(const v1::ReleaseEvent& event) {
  if (event.activate_on().empty()) return "";
  if (event.activate_on() == "never") return ", held back until it is activated";
  return absl::StrCat(", held back until ", event.activate_on());
}

std::string GroupsText(const v1::ReleaseEvent& event) {
  return absl::StrJoin(event.facet_groups(), ", ", [](std::string* out, int group) {
    out->append(WordsOf(static_cast<v1::FacetGroup>(group)));
  });
}

std::string WhatText(const v1::ReleaseEvent& event) {
  const std::string release = absl::StrCat("release ", event.release_id());
  switch (event.kind()) {
    case v1::RELEASE_EVENT_KIND_LOADED:
      return absl::StrCat(release, " loaded (", GroupsText(event), "), in force from ",
                          event.effective_date(), HeldText(event));
    case v1::RELEASE_EVENT_KIND_GROUP_ADDED:
      return absl::StrCat(release, " gained ", GroupsText(event));
    case v1::RELEASE_EVENT_KIND_DELETED:
      return absl::StrCat(release, " deleted");
    case v1::RELEASE_EVENT_KIND_LABEL_MOVED:
      return MoveText(event);
    case v1::RELEASE_EVENT_KIND_ACTIVATED:
      return absl::StrCat(release, " activated: dates resolve to it from ", event.effective_date(),
                          " on");
    case v1::RELEASE_EVENT_KIND_ACTIVATION_SET:
      return event.activate_on().empty() ? absl::StrCat(release, " no longer held back")
                                         : absl::StrCat(release, HeldText(event));
    case v1::RELEASE_EVENT_KIND_OVERDUE:
      return absl::StrCat(
          "current is overdue: still ", event.release_id(),
          ", not loaded, or held back: ", absl::StrJoin(event.overdue_edition_ids(), ", "));
    default:
      return absl::StrCat(WordsOf(event.kind()), " ", event.release_id());
  }
}

std::string Flag(bool value) { return value ? "true" : "false"; }

}  // namespace

std::string EventText(const v1::ReleaseEvent& event) {
  return event.by().empty() ? WhatText(event) : absl::StrCat(WhatText(event), " by ", event.by());
}

std::string EventLine(const v1::WatchReleasesResponse& message) {
  return absl::StrCat(message.event().occurred_at(), "  ", EventText(message.event()), "  [",
                      message.resume_token(), "]\n");
}

std::string EventCsvHeading() {
  return FormatCsvRecord({"occurred_at", "kind", "release_id", "fingerprint", "effective_date",
                          "label", "previous_release_id", "exact", "by", "activate_on",
                          "overdue_edition_ids", "facet_groups", "resume_token"});
}

std::string EventCsv(const v1::ReleaseEvent& event, const std::string& resume_token) {
  const bool label = event.kind() == v1::RELEASE_EVENT_KIND_LABEL_MOVED;
  return FormatCsvRecord({event.occurred_at(), NameOf(event.kind()), event.release_id(),
                          event.fingerprint(), event.effective_date(), event.label(),
                          event.previous_release_id(), label ? Flag(event.exact()) : "", event.by(),
                          event.activate_on(), absl::StrJoin(event.overdue_edition_ids(), ", "),
                          GroupsText(event), resume_token});
}

Table MoveTable(const std::vector<v1::ReleaseEvent>& moves) {
  Table table{{{"WHEN"}, {"WHAT", /*shrinks=*/true}, {"BY", /*shrinks=*/true}}, {}};
  for (const v1::ReleaseEvent& move : moves) {
    table.rows.push_back({move.occurred_at(), WhatText(move), move.by()});
  }
  return table;
}

Table LabelTable(const std::vector<v1::Label>& labels) {
  Table table{
      {{"LABEL"}, {"RELEASE"}, {"RESOLVES TO"}, {"BEFORE"}, {"MOVED AT"}, {"BY", /*shrinks=*/true}},
      {}};
  for (const v1::Label& label : labels) {
    table.rows.push_back({label.name(), Exactly(label.release_id(), label.exact()),
                          label.resolves_to(),
                          Exactly(label.previous_release_id(), label.previous_exact()),
                          label.moved_at(), label.moved_by()});
  }
  return table;
}

std::string LabelsCsv(const std::vector<v1::Label>& labels) {
  std::string out =
      FormatCsvRecord({"label", "release_id", "exact", "resolves_to", "previous_release_id",
                       "previous_exact", "moved_at", "moved_by"});
  for (const v1::Label& label : labels) {
    const bool moved = !label.previous_release_id().empty();
    out +=
        FormatCsvRecord({label.name(), label.release_id(), Flag(label.exact()), label.resolves_to(),
                         label.previous_release_id(), moved ? Flag(label.previous_exact()) : "",
                         label.moved_at(), label.moved_by()});
  }
  return out;
}

std::string LabelText(const v1::Label& label) {
  std::string text =
      absl::StrCat(label.name(), " names ", Exactly(label.release_id(), label.exact()));
  if (!label.resolves_to().empty() && label.resolves_to() != label.release_id()) {
    absl::StrAppend(&text, " (resolves to ", label.resolves_to(), ")");
  }
  if (!label.previous_release_id().empty()) {
    absl::StrAppend(&text,
                    "; before: ", Exactly(label.previous_release_id(), label.previous_exact()));
  }
  return text;
}

}  // namespace codeset::ctl
