//! What activities does, on whichever database: `sqlite` and `postgres` run all of it.

pub(crate) mod expiry;
pub(crate) mod generated;
pub(crate) mod input;
pub(crate) mod notifications;
pub(crate) mod once;
pub(crate) mod outbox;
pub(crate) mod paging;
pub(crate) mod reading;
pub(crate) mod writing;

/// The behaviours, by name: `$case!(subject::name, ..)`.
macro_rules! all {
    ($case:ident) => {
        $case!(
            expiry::what_has_expired_is_shown_nowhere,
            expiry::the_sweep_deletes_what_has_expired_with_all_that_belongs_to_it,
            expiry::a_sweep_is_a_trace_of_its_own,
            expiry::many_that_have_expired_are_deleted_in_batches,
            generated::generated_activities_are_the_same_in_every_run,
            generated::the_sample_does_not_come_back_at_the_next_start,
            input::a_bad_limit_or_cursor_is_a_422,
            input::a_term_to_search_for_is_checked,
            input::all_that_is_wrong_with_a_post_is_said_at_once,
            input::all_that_is_wrong_with_a_reply_is_said_at_once,
            input::what_is_no_uuid_or_handle_is_a_422,
            input::a_body_that_cannot_be_read_is_a_4xx_that_says_why,
            input::an_idempotency_key_that_is_none_is_a_422,
            input::another_method_or_path_is_a_problem_too,
            notifications::a_reply_a_like_and_a_mention_are_told,
            notifications::nobody_is_told_of_what_they_did_themselves,
            notifications::notifications_come_in_pages,
            once::the_same_key_posts_once,
            once::the_same_key_with_other_content_is_refused,
            once::a_key_belongs_to_its_author,
            once::the_same_key_replies_once_and_counts_once,
            once::many_at_once_under_one_key_post_once,
            once::many_likes_of_one_user_at_once_count_once,
            outbox::a_notification_links_to_its_request,
            outbox::a_notification_can_be_part_of_its_request,
            outbox::a_request_that_is_not_sampled_is_not_linked_to,
            outbox::an_empty_queue_leaves_no_trace,
            outbox::what_is_queued_survives_a_kill,
            outbox::a_stop_amid_the_work_loses_and_doubles_nothing,
            outbox::two_workers_share_the_work_and_do_nothing_twice,
            outbox::a_row_whose_worker_died_is_taken_over,
            paging::pages_follow_each_other_though_somebody_posts,
            paging::what_was_posted_at_the_same_time_is_neither_lost_nor_doubled,
            paging::a_search_and_a_profile_come_in_pages_too,
            reading::a_first_start_has_cruddurs_activities,
            reading::one_activity_comes_with_its_replies,
            reading::an_unknown_activity_is_a_404,
            reading::a_search_takes_the_term_literally_and_in_any_case,
            reading::a_user_has_their_own_activities_and_a_count,
            reading::a_page_asks_for_its_authors_once,
            reading::an_empty_page_asks_users_nothing,
            reading::an_author_whom_users_do_not_know_has_no_name,
            reading::the_newest_replies_are_shown,
            writing::a_post_is_answered_and_found,
            writing::a_message_may_be_as_long_as_allowed,
            writing::a_reply_is_counted_and_shown,
            writing::a_like_counts_once_for_each_user,
            writing::a_reply_or_like_to_nothing_is_a_404,
            writing::counts_stay_true_under_load,
        );
    };
}

pub(crate) use all;
