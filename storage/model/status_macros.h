// Early return on errors, the only macros of the project.
//
//   ASSIGN_OR_RETURN(const Date date, ParseDate(text));
//   RETURN_IF_ERROR(store.Delete(id));
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status of `expression` from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expression)                                                  \
  do {                                                                               \
    if (absl::Status macro_status = (expression); !macro_status.ok()) [[unlikely]] { \
      return macro_status;                                                           \
    }                                                                                \
  } while (false)

// Assigns the value of the StatusOr `expression` to `target`, or returns its status.
#define ASSIGN_OR_RETURN(target, expression) \
  CODESET_ASSIGN_OR_RETURN_IMPL(CODESET_MACRO_CONCAT(status_or_, __LINE__), target, expression)

#define CODESET_ASSIGN_OR_RETURN_IMPL(variable, target, expression) \
  auto variable = (expression);                                     \
  if (!variable.ok()) [[unlikely]] {                                \
    return std::move(variable).status();                            \
  }                                                                 \
  target = *std::move(variable)

#define CODESET_MACRO_CONCAT(a, b) CODESET_MACRO_CONCAT_IMPL(a, b)
#define CODESET_MACRO_CONCAT_IMPL(a, b) a##b
