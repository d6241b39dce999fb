// The operations on releases and labels; more_operations.cc has the others.
#include "tests/crash/operations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"

namespace codeset::crash {
namespace {

// Who does it all.
constexpr const char* kBy = "ann";

// An event about a release.
v1::ReleaseEvent EventOf(v1::ReleaseEventKind kind, const v1::Release& release) {
  v1::ReleaseEvent event;
  event.set_kind(kind);
  event.set_release_id(release.id());
  event.set_fingerprint(release.fingerprint());
  event.set_effective_date(release.effective_date());
  return event;
}

// The event of a label that is moved to a release, nowhere for null.
v1::ReleaseEvent MoveOf(const std::string& label, const std::string& from,
                        const v1::Release* release, bool exact) {
  v1::ReleaseEvent event;
  if (release != nullptr) event = EventOf(v1::RELEASE_EVENT_KIND_LABEL_MOVED, *release);
  event.set_kind(v1::RELEASE_EVENT_KIND_LABEL_MOVED);
  event.set_label(label);
  event.set_previous_release_id(from);
  event.set_exact(exact);
  event.set_by(kBy);
  return event;
}

bool IsNamedByLabel(const Told& told, const std::string& id) {
  return std::any_of(told.labels.begin(), told.labels.end(), [&](const auto& label) {
    return label.second.release_id == id || label.second.previous_release_id == id;
  });
}

absl::Status Expect(const std::string& expected, const std::string& found) {
  if (found == expected) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("answered ", found, ", not ", expected));
}

// Whether an answer tells of a label what is to be told.
absl::Status ExpectLabel(const ToldLabel& expected, const v1::Label& found) {
  RETURN_IF_ERROR(Expect(expected.release_id, found.release_id()));
  return Expect(expected.previous_release_id, found.previous_release_id());
}

}  // namespace

std::optional<Operation> Operations::Make(Kind kind, const Told& told, absl::string_view step) {
  ++number_;
  std::optional<Operation> operation;
  switch (kind) {
    case Kind::kLoad:
      operation = Load(told);
      break;
    case Kind::kLoadAgain:
      operation = LoadAgain(told);
      break;
    case Kind::kDelete:
      operation = Delete(told);
      break;
    case Kind::kDeleteInUse:
      operation = DeleteInUse(told);
      break;
    case Kind::kSetActivation:
      operation = SetActivation(told);
      break;
    case Kind::kSetLabel:
      operation = SetLabel(told);
      break;
    case Kind::kRollbackLabel:
      operation = RollbackLabel(told);
      break;
    case Kind::kRemoveLabel:
      operation = RemoveLabel(told);
      break;
    case Kind::kImport:
      operation = Import(told);
      break;
    case Kind::kRecord:
      operation = Record(told);
      break;
    case Kind::kSetUsage:
      operation = SetUsage(told);
      break;
    case Kind::kBackup:
      operation = Backup(told, step == "backup.older_deleted");
      break;
    case Kind::kVerify:
      operation = Verify(told);
      break;
  }
  if (operation.has_value()) operation->kind = kind;
  return operation;
}

Kind Operations::Before(Kind kind, const Told& told) {
  switch (kind) {
    case Kind::kLoad:
      return Kind::kDelete;
    case Kind::kBackup:
      return Kind::kBackup;
    case Kind::kDelete:
      return told.labels.empty() ? Kind::kLoad : Kind::kRemoveLabel;
    case Kind::kDeleteInUse:
    case Kind::kRemoveLabel:
      return told.releases.empty() ? Kind::kLoad : Kind::kSetLabel;
    case Kind::kRollbackLabel:
      return told.releases.size() < 2 ? Kind::kLoad : Kind::kSetLabel;
    case Kind::kRecord:
      return told.releases.empty() ? Kind::kLoad : Kind::kImport;
    default:
      return Kind::kLoad;
  }
}

Operation Operations::LoadPart(const Told& told, const std::string& id, size_t parts,
                               const std::string& activate_on) {
  const Content& content = contents_.Get(id);
  const v1::Release& release = content.releases[parts];
  Operation operation;
  operation.name = absl::StrCat("load part ", parts + 1, " of ", id);
  operation.method = "LoadRelease";
  operation.after = told;
  v1::ReleaseEvent event = EventOf(v1::RELEASE_EVENT_KIND_LOADED, release);
  ToldRelease& loaded = operation.after.releases[id];
  loaded.parts = parts + 1;
  if (parts == 0) {
    loaded.activate_on = activate_on;
    loaded.addenda = AddendaNow(told, contents_, id);
    event.set_activate_on(activate_on);
  } else {
    event.set_kind(v1::RELEASE_EVENT_KIND_GROUP_ADDED);
  }
  for (const v1::FacetGroupFingerprint& group : release.facet_groups()) {
    const auto before = parts == 0 ? google::protobuf::RepeatedPtrField<v1::FacetGroupFingerprint>()
                                   : content.releases[parts - 1].facet_groups();
    const bool is_new = std::none_of(before.begin(), before.end(), [&](const auto& other) {
      return other.group() == group.group();
    });
    if (is_new) event.add_facet_groups(group.group());
  }
  operation.after.events.push_back(EventLine(event));
  v1::LoadOptions options;
  options.set_release_id(id);
  options.set_activate_on(activate_on);
  operation.make = [options, path = content.paths[parts],
                    fingerprint = release.fingerprint()](const ServerProcess& server) {
    ASSIGN_OR_RETURN(const v1::LoadReport report, server.admin().LoadPaths(options, {path}, {}));
    return Expect(fingerprint, report.release().fingerprint());
  };
  return operation;
}

std::optional<Operation> Operations::Load(const Told& told) {
  std::vector<std::pair<std::string, size_t>> missing;
  for (const Content& content : contents_.all()) {
    const auto loaded = told.releases.find(content.id);
    const size_t parts = loaded == told.releases.end() ? 0 : loaded->second.parts;
    if (parts < content.paths.size()) missing.emplace_back(content.id, parts);
  }
  if (missing.empty()) return std::nullopt;
  const auto& [id, parts] = OneOf(missing);
  return LoadPart(told, id, parts, parts == 0 && OneIn(4) ? "never" : "");
}

std::optional<Operation> Operations::LoadAgain(const Told& told) {
  if (told.releases.empty()) return std::nullopt;
  const auto& [id, release] = OneOf(told.releases);
  Operation operation = LoadPart(told, id, release.parts - 1, "");
  operation.name += " again";
  operation.after = told;
  return operation;
}

std::optional<Operation> Operations::Delete(const Told& told) {
  std::vector<std::string> free;
  for (const auto& [id, release] : told.releases) {
    const bool verified = std::any_of(
        told.verifications.begin(), told.verifications.end(), [&, id = id](const auto& code) {
          return std::any_of(code.second.begin(), code.second.end(), [&](const std::string& line) {
            return line.find(absl::StrCat(" against ", id, " ")) != std::string::npos;
          });
        });
    if (!verified && !IsNamedByLabel(told, id)) free.push_back(id);
  }
  if (free.empty()) return std::nullopt;
  const std::string& id = OneOf(free);
  Operation operation;
  operation.name = absl::StrCat("delete ", id);
  operation.method = "DeleteRelease";
  operation.after = told;
  const v1::Release& release = ReleaseOf(contents_, id, told.releases.at(id).parts);
  operation.after.releases.erase(id);
  operation.after.events.push_back(EventLine(EventOf(v1::RELEASE_EVENT_KIND_DELETED, release)));
  operation.make = [id](const ServerProcess& server) {
    return server.admin().DeleteRelease(id).status();
  };
  operation.refusal_again = "RELEASE_NOT_FOUND";
  return operation;
}

std::optional<Operation> Operations::DeleteInUse(const Told& told) {
  if (told.labels.empty()) return std::nullopt;
  const std::string id = OneOf(told.labels).second.release_id;
  Operation operation;
  operation.name = absl::StrCat("delete ", id, " though it is labelled");
  operation.method = "DeleteRelease";
  operation.after = told;
  operation.make = [id](const ServerProcess& server) {
    return server.admin().DeleteRelease(id).status();
  };
  operation.refusal = "RELEASE_IN_USE";
  operation.refusal_again = operation.refusal;
  return operation;
}

std::optional<Operation> Operations::SetActivation(const Told& told) {
  if (told.releases.empty()) return std::nullopt;
  const auto& [id, release] = OneOf(told.releases);
  const std::string day = release.activate_on.empty() ? "never" : "";
  Operation operation;
  operation.name = absl::StrCat("hold ", id, " back until '", day, "'");
  operation.method = "SetActivation";
  operation.after = told;
  operation.after.releases[id].activate_on = day;
  v1::ReleaseEvent event =
      EventOf(v1::RELEASE_EVENT_KIND_ACTIVATION_SET, ReleaseOf(contents_, id, release.parts));
  event.set_activate_on(day);
  event.set_by(kBy);
  operation.after.events.push_back(EventLine(event));
  operation.make = [id = id, day](const ServerProcess& server) {
    ASSIGN_OR_RETURN(const v1::SetActivationResponse response,
                     server.admin().SetActivation(id, day, kBy));
    return Expect(day, response.release().activate_on());
  };
  return operation;
}

std::optional<Operation> Operations::SetLabel(const Told& told) {
  if (told.releases.empty()) return std::nullopt;
  const std::string name = OneIn(2) ? "prod" : "staging";
  const auto& [id, release] = OneOf(told.releases);
  const auto label = told.labels.find(name);
  const bool known = label != told.labels.end();
  const bool exact = known && label->second.release_id == id ? !label->second.exact : OneIn(2);
  Operation operation;
  operation.name = absl::StrCat("set ", name, " to ", id);
  operation.method = "SetLabel";
  operation.after = told;
  ToldLabel& set = operation.after.labels[name];
  if (known) {
    set.previous_release_id = label->second.release_id;
    set.previous_exact = label->second.exact;
  }
  set.release_id = id;
  set.exact = exact;
  set.by = kBy;
  operation.after.events.push_back(EventLine(
      MoveOf(name, set.previous_release_id, &ReleaseOf(contents_, id, release.parts), exact)));
  operation.make = [name, set](const ServerProcess& server) {
    ASSIGN_OR_RETURN(const v1::SetLabelResponse response,
                     server.admin().SetLabel(name, set.release_id, set.exact, kBy));
    return ExpectLabel(set, response.label());
  };
  return operation;
}

std::optional<Operation> Operations::RollbackLabel(const Told& told) {
  for (const auto& [name, label] : told.labels) {
    if (label.previous_release_id.empty()) continue;
    Operation operation;
    operation.name = absl::StrCat("roll ", name, " back");
    operation.method = "RollbackLabel";
    operation.after = told;
    ToldLabel& moved = operation.after.labels[name];
    std::swap(moved.release_id, moved.previous_release_id);
    std::swap(moved.exact, moved.previous_exact);
    const size_t parts = told.releases.at(moved.release_id).parts;
    operation.after.events.push_back(EventLine(MoveOf(
        name, label.release_id, &ReleaseOf(contents_, moved.release_id, parts), moved.exact)));
    operation.make = [name = name, moved](const ServerProcess& server) {
      ASSIGN_OR_RETURN(const v1::RollbackLabelResponse response,
                       server.admin().RollbackLabel(name, kBy));
      return ExpectLabel(moved, response.label());
    };
    // That would roll it forward.
    operation.repeatable = false;
    return operation;
  }
  return std::nullopt;
}

std::optional<Operation> Operations::RemoveLabel(const Told& told) {
  if (told.labels.empty()) return std::nullopt;
  const auto& [name, label] = OneOf(told.labels);
  Operation operation;
  operation.name = absl::StrCat("remove ", name);
  operation.method = "RemoveLabel";
  operation.after = told;
  operation.after.labels.erase(name);
  operation.after.events.push_back(EventLine(MoveOf(name, label.release_id, nullptr, false)));
  operation.make = [name = name, label = label](const ServerProcess& server) {
    ASSIGN_OR_RETURN(const v1::RemoveLabelResponse response, server.admin().RemoveLabel(name, kBy));
    return ExpectLabel(label, response.label());
  };
  operation.refusal_again = "LABEL_NOT_FOUND";
  return operation;
}

std::optional<Operation> Operations::Verify(const Told& told) {
  if (told.releases.empty()) return std::nullopt;
  const auto& [id, release] = OneOf(told.releases);
  Operation operation;
  operation.name = absl::StrCat("verify release ", id);
  operation.method = "VerifyRelease";
  operation.after = told;
  operation.after.releases[id].addenda = AddendaNow(told, contents_, id);
  operation.make = [id = id, fingerprint = ReleaseOf(contents_, id, release.parts).fingerprint()](
                       const ServerProcess& server) {
    ASSIGN_OR_RETURN(const v1::VerifyReleaseResponse response, server.admin().VerifyRelease(id));
    return Expect(fingerprint, response.release().fingerprint());
  };
  return operation;
}

}  // namespace codeset::crash
