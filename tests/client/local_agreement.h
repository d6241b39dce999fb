// Holds a local code set against the server that it was pulled from, message by message.
//
// Not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/local_code_set.h"
#include "client/cpp/selector.h"

namespace codeset::client {

inline constexpr v1::ConceptView kViews[] = {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL,
                                             v1::CONCEPT_VIEW_EFFECTIVE};

// Both are OK, or the same error in all its parts. (Payloads are compared part by part: facts are a
// map, whose order in bytes is nobody's.)
inline void ExpectSameError(const absl::Status& server, const absl::Status& local,
                            const std::string& what) {
  EXPECT_EQ(server.code(), local.code()) << what;
  EXPECT_EQ(std::string(server.message()), std::string(local.message())) << what;
  EXPECT_EQ(ErrorReasonNameOf(server), ErrorReasonNameOf(local)) << what;
  EXPECT_EQ(ErrorMetadataOf(server), ErrorMetadataOf(local)) << what;
  const std::vector<FieldViolation> fields = FieldViolationsOf(server);
  const std::vector<FieldViolation> same = FieldViolationsOf(local);
  ASSERT_EQ(fields.size(), same.size()) << what;
  for (size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(fields[i].field, same[i].field) << what;
    EXPECT_EQ(fields[i].description, same[i].description) << what;
  }
  const std::optional<Resource> resource = ResourceOf(server);
  ASSERT_EQ(resource.has_value(), ResourceOf(local).has_value()) << what;
  if (resource.has_value()) {
    EXPECT_EQ(resource->type, ResourceOf(local)->type) << what;
    EXPECT_EQ(resource->name, ResourceOf(local)->name) << what;
  }
}

// Both answers are the same message, or both fail with the same error.
template <typename Response>
void ExpectSame(const absl::StatusOr<Response>& server, const absl::StatusOr<Response>& local,
                const std::string& what) {
  ExpectSameError(server.status(), local.status(), what);
  if (!server.ok() || !local.ok()) return;
  // Debug strings are told where the bytes differ alone: they are slow.
  if (server->SerializeAsString() != local->SerializeAsString()) {
    EXPECT_EQ(server->ShortDebugString(), local->ShortDebugString()) << what;
  }
}

// The items of a range as bytes, and how it ended.
template <typename Range>
std::vector<std::string> ItemsOf(Range& range, absl::Status* status) {
  std::vector<std::string> items;
  for (auto& item : range) {
    if (item.ok()) {
      items.push_back(item->SerializeAsString());
    } else {
      *status = item.status();
    }
  }
  return items;
}

inline void ExpectSameHeader(const ConceptsHeader& server, const ConceptsHeader& local,
                             const std::string& what) {
  EXPECT_EQ(server.release.ShortDebugString(), local.release.ShortDebugString()) << what;
  EXPECT_EQ(server.total_size, local.total_size) << what;
  EXPECT_EQ(server.complete, local.complete) << what;
}

inline void ExpectSameHeader(const DiffHeader& server, const DiffHeader& local,
                             const std::string& what) {
  EXPECT_EQ(server.from.ShortDebugString(), local.from.ShortDebugString()) << what;
  EXPECT_EQ(server.to.ShortDebugString(), local.to.ShortDebugString()) << what;
  EXPECT_EQ(server.from_counts.ShortDebugString(), local.from_counts.ShortDebugString()) << what;
  EXPECT_EQ(server.to_counts.ShortDebugString(), local.to_counts.ShortDebugString()) << what;
  EXPECT_EQ(server.complete, local.complete) << what;
  ASSERT_EQ(server.comparability.size(), local.comparability.size()) << what;
  for (size_t i = 0; i < server.comparability.size(); ++i) {
    EXPECT_EQ(server.comparability[i].ShortDebugString(),
              local.comparability[i].ShortDebugString());
  }
}

template <typename Range>
void ExpectSameRange(Range server, Range local, const std::string& what) {
  const auto server_header = server.header();
  const auto local_header = local.header();
  ExpectSameError(server_header.status(), local_header.status(), what);
  if (server_header.ok() && local_header.ok())
    ExpectSameHeader(*server_header, *local_header, what);
  absl::Status server_end, local_end;
  EXPECT_EQ(ItemsOf(server, &server_end), ItemsOf(local, &local_end)) << what;
  ExpectSameError(server_end, local_end, what);
}

// The ids of all concepts of a release, as the server lists them.
inline std::vector<std::string> AllIds(const Client& server, const std::string& release) {
  v1::ListConceptsRequest request;
  *request.mutable_release() = ById(release);
  std::vector<std::string> ids;
  for (auto& item : server.ListConcepts(request)) {
    EXPECT_TRUE(item.ok()) << item.status();
    if (item.ok()) ids.push_back(item->id());
  }
  return ids;
}

// Every concept in every view, in batches.
inline void ExpectSameConcepts(const Client& server, const LocalCodeSet& local,
                               const std::string& release, const std::vector<std::string>& ids) {
  for (const v1::ConceptView view : kViews) {
    for (size_t first = 0; first < ids.size(); first += 1000) {
      const std::vector<std::string> batch(
          ids.begin() + static_cast<std::ptrdiff_t>(first),
          ids.begin() + static_cast<std::ptrdiff_t>(std::min(first + 1000, ids.size())));
      ExpectSame(server.BatchGetConcepts(ById(release), batch, view),
                 local.BatchGetConcepts(ById(release), batch, view),
                 release + " from " + batch.front());
    }
  }
}

// Find tells what the messages tell.
inline void ExpectFinds(const LocalCodeSet& local, const std::string& release,
                        const std::vector<std::string>& ids) {
  const absl::StatusOr<LocalRelease> opened = local.Release(ById(release));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->concepts().size(), ids.size());
  for (const std::string& id : ids) {
    const auto answer = local.GetConcept(ById(release), id);
    const LocalConcept* const found = opened->Find(id);
    ASSERT_TRUE(answer.ok() && found != nullptr) << id;
    const v1::Concept& concept_ = answer->found();
    EXPECT_EQ(std::string(found->id.view()), concept_.id());
    EXPECT_EQ(std::string(found->title), concept_.title());
    EXPECT_EQ(std::string(found->short_title), concept_.short_title());
    EXPECT_EQ(found->kind, concept_.kind());
    EXPECT_EQ(found->billable, concept_.billable());
    EXPECT_EQ(std::string(found->parent.view()), concept_.parent_id());
  }
}

}  // namespace codeset::client
