//! Behaviour of activities. `sqlite` and `postgres` run every test here.

pub(crate) mod expiry;
pub(crate) mod generated;
pub(crate) mod input;
pub(crate) mod notifications;
pub(crate) mod once;
pub(crate) mod outbox;
pub(crate) mod paging;
pub(crate) mod reading;
pub(crate) mod writing;

/// Passes every test to a macro: `$case!(subject::name, ..)`.
macro_rules! all {
    ($case:ident) => {
        $case!(
            expiry::expired_activities_are_hidden,
            expiry::sweep_deletes_expired_activities_and_their_rows,
            expiry::sweep_is_a_root_span,
            expiry::expired_activities_are_deleted_in_batches,
            generated::generating_activities_is_idempotent,
            generated::deleted_sample_is_not_added_again_at_the_next_start,
            input::invalid_limit_or_cursor_is_a_422,
            input::invalid_search_term_is_a_422,
            input::every_violation_of_a_post_is_reported_at_once,
            input::every_violation_of_a_reply_is_reported_at_once,
            input::malformed_uuid_or_handle_is_a_422,
            input::unreadable_body_is_a_4xx_with_the_reason,
            input::malformed_idempotency_key_is_a_422,
            input::unknown_method_or_path_is_a_problem,
            notifications::reply_like_and_mention_cause_notifications,
            notifications::own_actions_cause_no_notifications,
            notifications::notifications_are_paged,
            once::same_key_posts_once,
            once::same_key_with_other_content_is_rejected,
            once::idempotency_keys_are_scoped_to_the_author,
            once::same_key_replies_once_and_counts_once,
            once::concurrent_posts_with_one_key_post_once,
            once::request_whose_caller_gave_up_is_not_carried_out,
            once::concurrent_likes_of_one_user_count_once,
            outbox::notification_span_links_to_its_request,
            outbox::notification_joins_the_trace_of_its_request_in_child_mode,
            outbox::unsampled_request_leaves_its_notification_unsampled,
            outbox::polling_an_empty_outbox_is_untraced,
            outbox::queued_notifications_survive_a_kill,
            outbox::stop_during_delivery_loses_and_duplicates_nothing,
            outbox::two_workers_share_the_outbox_without_duplicates,
            outbox::row_of_a_dead_worker_is_claimed_after_its_lease,
            paging::new_activities_do_not_shift_the_following_pages,
            paging::paging_neither_skips_nor_repeats_activities_with_equal_times,
            paging::search_and_user_lists_are_paged,
            reading::first_start_adds_the_sample_activities,
            reading::activity_is_returned_with_its_replies,
            reading::unknown_activity_is_a_404,
            reading::search_matches_literally_and_ignores_case,
            reading::activities_of_a_user_are_listed_and_counted,
            reading::page_fetches_all_authors_in_one_request,
            reading::empty_page_sends_no_request_to_users,
            reading::unknown_author_has_no_display_name,
            reading::every_reply_is_on_one_page,
            writing::posted_activity_is_returned_and_listed,
            writing::message_of_maximum_length_is_accepted,
            writing::reply_is_counted_and_listed,
            writing::like_counts_once_per_user,
            writing::reply_to_or_like_of_unknown_activity_is_a_404,
            writing::counts_are_exact_under_concurrent_writes,
        );
    };
}

pub(crate) use all;
