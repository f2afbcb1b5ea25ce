// SPDX-License-Identifier: Apache-2.0
// The handlers of the routes; routes.cc says which needs what. Those that answer with a Reply are called
// where the table says: on a thread of the server (bounded reads), or of a pool (writes). Any thread.
#pragma once

#include <memory>
#include <string_view>

#include "review-api/call.h"
#include "store/lifecycle.h"

namespace countersign {

// alert_reads.cc
Reply list_alerts(const Services& services, const Call& call);
Reply get_alert(const Services& services, const Call& call);
Reply get_history(const Services& services, const Call& call);
Reply get_events(const Services& services, const Call& call);
Reply explain_alert(const Services& services, const Call& call);

// alert_actions.cc
void act_on_alert(const Services& services, std::shared_ptr<const Call> call, Finish finish, ActionKind kind);
Reply create_alert(const Services& services, const Call& call);

// log_routes.cc
Reply get_proof(const Services& services, const Call& call);
Reply get_checkpoint(const Services& services, const Call& call);
Reply get_hash_tile(const Services& services, const Call& call);
Reply get_entry_tile(const Services& services, const Call& call);

// session_routes.cc
void sign_in(const Services& services, std::shared_ptr<const Call> call, Finish finish);
Reply sign_out(const Services& services, const Call& call);
Reply get_me(const Services& services, const Call& call);

// people_routes.cc
Reply list_users(const Services& services, const Call& call);
Reply add_user(const Services& services, const Call& call);
Reply change_user(const Services& services, const Call& call);
Reply list_tokens(const Services& services, const Call& call);
Reply add_token(const Services& services, const Call& call);
Reply revoke_token(const Services& services, const Call& call);

// book_routes.cc
Reply get_ledger(const Services& services, const Call& call);

// letter_routes.cc
Reply list_dead_letters(const Services& services, const Call& call);
Reply get_dead_letter(const Services& services, const Call& call);
Reply get_letter_bytes(const Services& services, const Call& call);
Reply explain_letter(const Services& services, const Call& call);
Reply summarise_letters(const Services& services, const Call& call);
Reply list_letter_shapes(const Services& services, const Call& call);
Reply get_replay(const Services& services, const Call& call);
Reply replay_letters(const Services& services, const Call& call);

// rule_routes.cc
Reply list_rules(const Services& services, const Call& call);
Reply list_rule_costs(const Services& services, const Call& call);
Reply reload_rules(const Services& services, const Call& call);

// source_routes.cc
Reply list_sources(const Services& services, const Call& call);

// event_routes.cc
void send_events(const Services& services, std::shared_ptr<const Call> call, Finish finish);

// service_routes.cc
Reply get_health(const Services& services, const Call& call);
Reply get_readiness(const Services& services, const Call& call);
Reply get_description(const Services& services, const Call& call);
Reply get_manual(const Services& services, const Call& call);

}  // namespace countersign
