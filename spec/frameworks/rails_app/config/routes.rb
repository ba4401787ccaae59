# frozen_string_literal: true

Rails.application.routes.draw do
  root 'pages#index'
  get 'hello', to: 'pages#hello'
  get 'browser', to: 'pages#browser'
  get 'facts', to: 'pages#facts'
  get 'trouble', to: 'pages#trouble'
  get 'cable_client.js', to: 'pages#cable_client'
  get 'report', to: 'reports#show'
  post 'report', to: 'reports#create'
  post 'notes', to: 'notes#create'
  get 'events', to: 'events#index'
  mount ActionCable.server => '/cable'
end
