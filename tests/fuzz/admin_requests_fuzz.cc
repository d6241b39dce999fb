// Calls of the service Admin one after another (request_text.h), over a data directory of its own.
// What they come to must be there when the directory is opened again, and nothing of it damaged.
// `@backup` in a request is a folder for backups.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/backup.h"
#include "server/label_admin.h"
#include "server/labels.h"
#include "server/loader.h"
#include "server/record_verification.h"
#include "server/reference_import.h"
#include "server/references.h"
#include "server/release_admin.h"
#include "server/releases.h"
#include "server/scrub.h"
#include "server/upload.h"
#include "server/verification_impact.h"
#include "server/verification_queue.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request_target.h"

namespace codeset::fuzz {
namespace {

// Small, so that inputs meet it.
constexpr size_t kMaxUpload = size_t{1} << 20;

class Target : public RequestTarget {
 public:
  Target() : RequestTarget("codeset.v1.Admin") {
    {
      const std::unique_ptr<store::Store> store = OpenStore(Template());
      LoadMiniature(*store, {"2025", "2026", "2027"});
      AddPagesAndLabels(*store);
    }
    AddReleases();
    AddLabels();
    AddLedger();
    AddBackups();
    service().CheckComplete();
  }

  void Run(absl::string_view text) override {
    if (!is_open()) Begin();
    if (service().Run(text, /*repeatable=*/false) == 0) return;
    const std::string before = State();
    OpenData(Data());
    const std::string after = State();
    Expect(after == before, "what was acknowledged is not there when opened again",
           absl::StrCat("before:\n", before, "after:\n", after));
    const auto report = store().Scrub({});
    ExpectOk(report.status(), "the data cannot be proved");
    Expect(report->findings_size() == 0, "what was written is damaged", report->ShortDebugString());
    CloseData();
  }

 private:
  std::string Template() const { return folder() + "/template"; }
  std::string Data() const { return folder() + "/data"; }
  std::string Backups() const { return folder() + "/backups"; }

  void Begin() {
    std::filesystem::remove_all(Data());
    std::filesystem::remove_all(Backups());
    std::filesystem::create_directory(Backups());
    std::filesystem::copy(Template(), Data(), std::filesystem::copy_options::recursive);
    OpenData(Data());
  }

  // What is loaded, labelled, imported and verified, in words.
  std::string State() const {
    v1::ListLabelMovesRequest moves;
    moves.set_label("prod");
    std::string state = Shown(server::ListReleases(backend(), {})) +
                        Shown(server::ListLabels(backend(), {})) +
                        Shown(server::ListLabelMoves(backend(), moves));
    v1::ListVerificationQueueRequest queue;
    queue.set_as_of("2026-11-23");
    state += Shown(server::ListVerificationQueue(backend(), queue));
    for (const char* code : {"M99.86", "M99.89", "A00.0"}) {
      v1::GetReferenceRequest page;
      page.set_code(code);
      page.set_as_of("2026-11-23");
      state += Shown(server::GetReference(backend(), page));
    }
    return state;
  }

  template <typename Response>
  static std::string Shown(const absl::StatusOr<Response>& answer) {
    if (answer.ok()) return absl::StrCat(answer->ShortDebugString(), "\n");
    ExpectRequestError(answer.status());
    return absl::StrCat(answer.status().message(), "\n");
  }

  template <typename Request, typename Answer>
  void Change(const char* method, absl::StatusOr<Answer> (*answer)(store::Store&, const Request&)) {
    service().AddUnary<Request>(
        method, [this, answer](const Request& request) { return answer(store(), request); });
  }

  void AddReleases() {
    service().Add("LoadRelease",
                  [this](const Service::Messages& messages) { return Load(messages); });
    Change("VerifyRelease", &server::VerifyRelease);
    Change("DeleteRelease", &server::DeleteRelease);
    Change("SetActivation", &server::SetActivation);
    service().AddUnary<v1::ScrubReleasesRequest>(
        "ScrubReleases",
        [this](
            const v1::ScrubReleasesRequest& request) -> absl::StatusOr<v1::ScrubReleasesResponse> {
          RETURN_IF_ERROR(server::CheckScrubRequest(request));
          v1::ScrubReleasesResponse response;
          ASSIGN_OR_RETURN(*response.mutable_report(), store().Scrub({}));
          return response;
        });
    service().AddUnary<v1::GetScrubReportRequest>(
        "GetScrubReport",
        [this](const v1::GetScrubReportRequest&) -> absl::StatusOr<v1::GetScrubReportResponse> {
          return server::Scrubber(backend()).Report();
        });
  }

  void AddLabels() {
    Change("SetLabel", &server::SetLabel);
    Change("RollbackLabel", &server::RollbackLabel);
    Change("RemoveLabel", &server::RemoveLabel);
  }

  void AddLedger() {
    service().Add("ImportReferences",
                  [this](const Service::Messages& messages) { return Import(messages); });
    Plain("RecordVerification", &server::RecordVerification);
    Plain("SetUsageCounts", &server::SetUsageCounts);
  }

  void AddBackups() {
    service().AddUnary<v1::CreateBackupRequest>("CreateBackup", [this](auto request) {
      request.set_folder(FolderOf(request.folder()));
      return server::CreateBackup(store(), request, {});
    });
    service().AddUnary<v1::ListBackupsRequest>("ListBackups", [this](auto request) {
      request.set_folder(FolderOf(request.folder()));
      return server::ListBackups(request);
    });
    service().AddUnary<v1::VerifyBackupRequest>("VerifyBackup", [this](auto request) {
      request.set_folder(FolderOf(request.folder()));
      return server::VerifyBackup(request, {});
    });
  }

  // The folder that a request names; never one of others.
  std::string FolderOf(const std::string& named) const {
    if (named == "@backup") return Backups();
    if (named == "@data") return Data();
    std::error_code ignored;
    return std::filesystem::exists(named, ignored) ? folder() + "/none" : named;
  }

  // Where an upload says nothing of its end, what fits is said for it, since hardly any change of a
  // chunk would leave it right.
  Service::Answer Load(const Service::Messages& messages) {
    server::Upload upload(kMaxUpload);
    v1::LoadReleaseRequest request;
    bool ended = false;
    for (const google::protobuf::Message* message : messages) {
      request.CopyFrom(*message);
      ended |= request.has_end();
      RETURN_IF_ERROR(upload.Add(request));
    }
    if (!ended) {
      request.mutable_end()->set_files(static_cast<int32_t>(upload.files().size()));
      request.mutable_end()->set_bytes(static_cast<int64_t>(upload.bytes()));
      RETURN_IF_ERROR(upload.Add(request));
    }
    RETURN_IF_ERROR(upload.Finish());
    ASSIGN_OR_RETURN(v1::LoadReport report,
                     server::LoadRelease(store(), upload.options(), std::move(upload.files()), {}));
    server::TellImpact(backend(), report);
    v1::LoadReleaseResponse response;
    *response.mutable_report() = std::move(report);
    return std::vector<std::string>{response.SerializeAsString()};
  }

  Service::Answer Import(const Service::Messages& messages) {
    server::ImportSession session(backend());
    v1::ImportReferencesRequest request;
    bool ended = false;
    for (const google::protobuf::Message* message : messages) {
      request.CopyFrom(*message);
      ended |= request.has_end();
      RETURN_IF_ERROR(session.Take(request));
    }
    if (!ended) {
      request.mutable_end()->set_documents(session.documents());
      RETURN_IF_ERROR(session.Take(request));
    }
    v1::ImportReferencesResponse response;
    ASSIGN_OR_RETURN(*response.mutable_report(), session.Commit());
    return std::vector<std::string>{response.SerializeAsString()};
  }
};

}  // namespace

RequestTarget& TheTarget() {
  static Target target;
  return target;
}

}  // namespace codeset::fuzz
